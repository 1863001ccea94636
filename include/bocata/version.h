#ifndef BOCATA_VERSION_H
#define BOCATA_VERSION_H

#include <bocata/export.h>

#define BOCATA_VERSION "0.1.0"

BOCATA_BEGIN_DECLS

/* The version of the library that is linked, e.g. "0.1.0"; BOCATA_VERSION is that of the header. */
BOCATA_API const char *bocata_version(void);

BOCATA_END_DECLS

#endif
