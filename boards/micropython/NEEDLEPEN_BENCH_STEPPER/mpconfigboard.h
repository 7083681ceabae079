// boards/bench_stepper.py on a Raspberry Pi Pico.
#define MICROPY_HW_BOARD_NAME "needlepen bench_stepper"
#define MICROPY_HW_FLASH_STORAGE_BYTES (1408 * 1024) // of 2 MiB; as on the stock Pico, so files survive a change between the two

#include "../needlepen.h"
