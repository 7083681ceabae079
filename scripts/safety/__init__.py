"""The generated part of the safety file: which code keeps each requirement, which tests prove it, and how they ended."""
