/* The HTTP server. */
#ifndef BOCATA_SERVER_H
#define BOCATA_SERVER_H

#include <bocata/app.h>
#include <bocata/export.h>

BOCATA_BEGIN_DECLS

/* Serves the application until SIGINT or SIGTERM, with uvicorn's flags (`--help` lists them).
 * Returns the process' exit status: 0 after a graceful stop, `--help` or `--version`; 1 when the
 * application has mistakes or the address cannot be served, with a sentence on standard error; 2
 * for a wrong flag.
 *
 * `--env-file` begins the program anew with the file's variables set, since the application has
 * read its settings by now: what stands before this call then runs twice. */
BOCATA_API int bocata_server_main(bocata_app *app, int argc, char **argv);

BOCATA_END_DECLS

#endif
