# boards/bench_stepper.py on a Raspberry Pi Pico.
set(PICO_BOARD "pico")
include(${MICROPY_BOARD_DIR}/../needlepen.cmake)
