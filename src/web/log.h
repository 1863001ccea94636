/* The application's log. */
#ifndef BOCATA_WEB_LOG_H
#define BOCATA_WEB_LOG_H

#include <bocata/app.h>

/* Sends one line, cut at 1,023 bytes, to the application's log function, or else to standard error
 * as "ERROR: message". Lines below the level set are dropped. Control characters are replaced: no
 * line can forge another. */
void bocata_app_log(const bocata_app *app, bocata_log_level level, const char *format, ...)
    BOCATA_PRINTF(3, 4);

/* The lowest level that is logged; BOCATA_LOG_INFO at first. */
void bocata_app_set_log_level(bocata_app *app, bocata_log_level level);

#endif
