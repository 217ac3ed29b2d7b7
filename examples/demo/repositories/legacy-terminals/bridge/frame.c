/* Frames of the dial-up protocol: STX, payload, ETX, and a checksum over payload and ETX. */
#include <stddef.h>
#include <stdint.h>

enum { STX = 0x02, ETX = 0x03 };

/* Returns the checksum, the exclusive or of all bytes after STX up to and including ETX. */
uint8_t frame_checksum(const uint8_t *payload, size_t length)
{
    uint8_t sum = ETX;
    for (size_t i = 0; i < length; i++)
        sum ^= payload[i];
    return sum;
}
