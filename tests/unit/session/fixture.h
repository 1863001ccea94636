/* Sessions with a codec, and what they told: events, header lines. */
#ifndef TEST_FIXTURE_H
#define TEST_FIXTURE_H

#include "suite.h"

#include <bocata/session.h>

#define NOW 1700000000
#define DAY 86400
#define MAX_AGE (14 * DAY)

typedef struct fixture {
    bocata_sessions *sessions;
    bocata_codec *codec;
    /* the events so far */
    unsigned refused_count, not_saved_count, not_locked_count;
    bocata_session_event event; /* the last, without its detail */
    char detail[1024];
    char cookie_hash[32];
    /* the header lines of the last save; "" where there was none */
    char vary[64], set_cookie[8192], cache_control[64], clear_site_data[64];
    unsigned header_count;
    unsigned char last_random; /* of fixture_open_counting */
} fixture;

/* Opens with the key "1234" unless the settings have one. */
void fixture_open(fixture *f, bocata_session_settings settings);
void fixture_close(fixture *f);

/* The same with randomness that counts up: every id and nonce is another, and the same in every
 * run. */
void fixture_open_counting(fixture *f, bocata_session_settings settings);

/* Loads from one Cookie header; NULL is none at all. */
bocata_session *fixture_load(fixture *f, const char *cookie_header, int64_t now_s);

/* Saves with status 200, and frees the session. */
bocata_status fixture_save(fixture *f, bocata_session *session, int64_t now_s);
bocata_status fixture_save_as(fixture *f, bocata_session *session, bocata_response_facts facts);

/* Saves, and keeps the session. */
bocata_status fixture_send(fixture *f, bocata_session *session, bocata_response_facts facts);

/* Saves, and loads what the browser then has: the new cookie, or the one it had. `*pair` is
 * replaced; NULL for no cookie. */
bocata_session *fixture_round_trip(fixture *f, bocata_session *session, char **pair, int64_t now_s);

/* "session=VALUE" for this JSON text, signed with `key` at `time_s`; free it. */
char *fixture_cookie(const char *key, const char *json, int64_t time_s);
char *fixture_cookie_of(const char *key, const char *json, size_t len, int64_t time_s);

/* "session=PAYLOAD.time.mac" for a payload that is not encoded again; free it. */
char *fixture_cookie_raw(const char *key, const char *payload, int64_t time_s);

/* The name=value of the last Set-Cookie line; free it. */
char *fixture_pair(const fixture *f);

/* The payload of a starlette cookie; free it. */
char *fixture_json(const char *pair);

/* A case for each format; its state is the format. */
extern bocata_session_format fixture_formats[2];
#define SUITE_BOTH_FORMATS(group, test)                                                            \
    suite_add((group), #test ": starlette", (test), &fixture_formats[0]);                          \
    suite_add((group), #test ": sealed", (test), &fixture_formats[1])

#endif
