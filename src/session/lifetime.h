/* When a session is over, and when it is due to be sent anew. */
#ifndef BOCATA_SESSION_LIFETIME_H
#define BOCATA_SESSION_LIFETIME_H

#include "session/sessions.h"
#include "session/stamp.h"

/* BOCATA_REASON_NONE while it is alive, else FUTURE, EXPIRED, IDLE_TIMEOUT or ABSOLUTE_TIMEOUT.
 * True to the second; where nothing limits a session's age, its times are not looked at. */
bocata_reason bocata_lifetime_check(const bocata_sessions *sessions, const bocata_stamp *stamp,
                                    int64_t now_s);

/* The first second at which it is refused for its age; 0 for one that always is, INT64_MAX for one
 * that never is. */
int64_t bocata_lifetime_deadline(const bocata_sessions *sessions, const bocata_stamp *stamp);

/* True if a session that did not change should be sent anew, as `rolling` says. */
bool bocata_lifetime_is_due(const bocata_sessions *sessions, const bocata_stamp *stamp,
                            int64_t now_s);

/* How long the cookie is good for, as bocata_session_settings' max_age_s. */
int64_t bocata_lifetime_max_age(const bocata_sessions *sessions, const bocata_stamp *stamp);

#endif
