/* Session settings: their defaults, and what must hold between them. */
#ifndef BOCATA_SESSION_SETTINGS_H
#define BOCATA_SESSION_SETTINGS_H

#include <bocata/session.h>

/* Copies what a caller gave, whose struct is of this size, and fills in the defaults. False if a
 * newer header than ours set what this library has no meaning for. */
bool bocata_session_settings_take(const void *given, size_t size,
                                  bocata_session_settings *settings);

/* The first mistake as a sentence that names the field, NULL if there is none. The keys' are
 * bocata_sessions_open's. */
const char *bocata_session_settings_mistake(const bocata_session_settings *settings);

#endif
