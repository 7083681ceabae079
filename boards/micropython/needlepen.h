// What the definitions of all boards share. Everything else is as MicroPython has it for an RP2040: the REPL stays on USB,
// under MicroPython's own vendor and product numbers, by which the host tools know it.
#define MICROPY_HW_USB_MANUFACTURER_STRING "needlepen"
#define MICROPY_HW_USB_PRODUCT_FS_STRING MICROPY_HW_BOARD_NAME

// With the usual 64 entries marking starts over and over: a collection takes 18 ms, and 9 with these.
#define MICROPY_ALLOC_GC_STACK_SIZE (1024)
