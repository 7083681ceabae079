// boards/pen_solenoid.py: an RP2040 with the flash of a Pico.
#define MICROPY_HW_BOARD_NAME "needlepen pen_solenoid"
#define MICROPY_HW_FLASH_STORAGE_BYTES (1408 * 1024) // of 2 MiB; as on a Pico

#include "../needlepen.h"
