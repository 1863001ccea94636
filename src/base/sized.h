/* Structs that applications fill in, and whose size the macro around the call passes along. */
#ifndef BOCATA_BASE_SIZED_H
#define BOCATA_BASE_SIZED_H

#include <stdbool.h>
#include <stddef.h>

/* Copies what a caller built against another version of the header filled in; what it does not have
 * is zero. False if it set a field that is not known here: nothing that was asked for is silently
 * left out. */
bool bocata_sized_copy(void *ours, size_t our_size, const void *theirs, size_t their_size);

#endif
