#include "web/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "web/app.h"

static void log_to_stderr(bocata_log_level level, const char *message)
{
    static const char *const names[] = {"DEBUG:", "INFO:", "WARNING:", "ERROR:", "CRITICAL:"};
    fprintf(stderr, "%-9s %s\n", names[level], message);
}

void bocata_app_set_log_level(bocata_app *app, bocata_log_level level)
{
    app->log_level = level;
}

void bocata_app_log(const bocata_app *app, bocata_log_level level, const char *format, ...)
{
    char message[1024];
    va_list args;

    if (level < app->log_level)
        return;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    for (char *c = message; *c; c++)
        if ((unsigned char)*c < ' ' || *c == 0x7f)
            *c = '?';
    if (app->log)
        app->log(level, message, app->log_user);
    else
        log_to_stderr(level, message);
}
