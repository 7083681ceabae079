"""The process image's names as whoever looks at a pen from outside wants them: those of the scan alone as well."""

from types import ModuleType

from pen_sim.loader import pure


def all_names() -> ModuleType:
    """pen.image, and `ST_COUNT` for its `_ST_COUNT`."""
    image = pure("pen.image")
    names = ModuleType("all_names", image.__doc__)
    names.__dict__.update(vars(image))
    names.__dict__.update(
        {name[1:]: value for name, value in vars(image).items() if name[0] == "_" and name[1].isupper()}
    )
    return names
