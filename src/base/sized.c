#include "base/sized.h"

#include <string.h>

bool bocata_sized_copy(void *ours, size_t our_size, const void *theirs, size_t their_size)
{
    memset(ours, 0, our_size);
    memcpy(ours, theirs, their_size < our_size ? their_size : our_size);
    for (size_t i = our_size; i < their_size; i++)
        if (((const char *)theirs)[i] != 0)
            return false;
    return true;
}
