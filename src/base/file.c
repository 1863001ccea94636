#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static bocata_status read_all(int fd, char *bytes, size_t cap, size_t *ret_len)
{
    size_t len = 0;
    for (;;) {
        char beyond;
        ssize_t count = len < cap ? read(fd, bytes + len, cap - len) : read(fd, &beyond, 1);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return BOCATA_E_IO;
        if (count == 0)
            break;
        if (len == cap)
            return BOCATA_E_LIMIT;
        len += (size_t)count;
    }
    *ret_len = len;
    return BOCATA_OK;
}

bocata_status bocata_file_read(const char *path, char *bytes, size_t cap, size_t *ret_len)
{
    struct stat facts;
    bocata_status status = BOCATA_E_IO;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a FIFO must not block the start */

    if (fd < 0)
        return BOCATA_E_IO;
    if (fstat(fd, &facts) == 0) {
        if (S_ISREG(facts.st_mode))
            status = read_all(fd, bytes, cap, ret_len);
        else
            errno = S_ISDIR(facts.st_mode) ? EISDIR : EINVAL;
    }
    int reason = errno;
    close(fd);
    errno = reason;
    return status;
}
