# boards/pen_solenoid.py: an RP2040 with the flash of a Pico.
set(PICO_BOARD "pico")
include(${MICROPY_BOARD_DIR}/../needlepen.cmake)
