/* Signed cookie sessions, with or without the framework.
 *
 * With a server of your own: open the sessions once, make a codec for each thread or loop, and for
 * each request load, read, write, save and free:
 *
 *     bocata_sessions_open(&settings, &sessions, &error);
 *     codec = bocata_codec_new(sessions);
 *     session = bocata_session_load(codec, cookie_headers, count, now_s);
 *     bocata_session_set_int(session, "last_id", 3);
 *     bocata_session_save(session, &facts, add_header, response);
 *     bocata_session_free(session);
 *
 * No I/O, no threads, no logging, no clock of its own. */
#ifndef BOCATA_SESSION_H
#define BOCATA_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include <bocata/export.h>
#include <bocata/secret.h>
#include <bocata/status.h>
#include <bocata/str.h>

typedef struct bocata_sessions
    bocata_sessions;                      /* what was configured: immutable, shared by threads */
typedef struct bocata_codec bocata_codec; /* keyed contexts: one for each thread or loop */
typedef struct bocata_session bocata_session; /* the session of one request */

/* Why a session is empty although the request may have carried a cookie. The application, the event
 * callback and the counters see it; the client cannot. New reasons go to the end. */
#define BOCATA_REASON_MAP(X)                                                                       \
    X(NONE, "none", "a cookie was accepted")                                                       \
    X(ABSENT, "absent", "there was no cookie of this name")                                        \
    X(MALFORMED, "malformed", "the cookie is not of the format's form")                            \
    X(TOO_LARGE, "too-large", "the cookie is larger than browsers accept")                         \
    X(BAD_SIGNATURE, "bad-signature", "the signature matches no key")                              \
    X(FUTURE, "future", "the cookie's timestamp lies in the future")                               \
    X(EXPIRED, "expired", "the cookie is older than its max_age_s")                                \
    X(NOT_AN_OBJECT, "not-an-object", "the signed JSON is not an object")                          \
    X(UNSUPPORTED_VALUE, "unsupported-value", "the signed JSON holds what cannot be represented")  \
    X(AMBIGUOUS, "ambiguous", "several cookies of this name hold different sessions")              \
    X(IDLE_TIMEOUT, "idle-timeout", "the session was not used for idle_timeout_s")                 \
    X(ABSOLUTE_TIMEOUT, "absolute-timeout", "the session began more than absolute_timeout_s ago")

typedef enum bocata_reason {
#define BOCATA_REASON_CODE(name, text, sentence) BOCATA_REASON_##name,
    BOCATA_REASON_MAP(BOCATA_REASON_CODE)
#undef BOCATA_REASON_CODE
        BOCATA_REASON_COUNT
} bocata_reason;

/* How the session stands in its cookie (docs/wire-format.md). */
typedef enum bocata_session_format {
    BOCATA_FORMAT_STARLETTE, /* signed, and readable by whoever holds it: for sharing with Python */
    BOCATA_FORMAT_SEALED,    /* encrypted: for new applications */
} bocata_session_format;

typedef enum bocata_same_site {
    BOCATA_SAME_SITE_LAX,
    BOCATA_SAME_SITE_STRICT,
    BOCATA_SAME_SITE_NONE,
} bocata_same_site;

/* When a session that did not change is sent anew, so that its lifetime begins again. */
typedef enum bocata_rolling {
    BOCATA_ROLLING_HALF_LIFE, /* once half of it has passed */
    BOCATA_ROLLING_NEVER,
    BOCATA_ROLLING_ALWAYS, /* with every response whose view asked for the session */
} bocata_rolling;

/* What a log-out asks the browser to forget beside the cookie (W3C Clear Site Data). */
typedef enum bocata_clear_site_data {
    BOCATA_CLEAR_CACHE = 1,
    BOCATA_CLEAR_COOKIES = 2, /* all of the registrable domain, those of other applications too */
    BOCATA_CLEAR_STORAGE = 4,
} bocata_clear_site_data;

/* What to do when two cookies of our name hold different valid sessions. */
typedef enum bocata_duplicates {
    BOCATA_DUPLICATES_REFUSE, /* the session is empty, its reason AMBIGUOUS */
    BOCATA_DUPLICATES_NEWEST, /* the one signed last is taken: for migrations */
} bocata_duplicates;

typedef enum bocata_session_event_kind {
    BOCATA_SESSION_EVENT_REFUSED,    /* a cookie was refused: `reason`, `detail`, `cookie_hash` */
    BOCATA_SESSION_EVENT_NOT_SAVED,  /* a save failed, or a setter came too late: `status`,
                                        `detail` says why */
    BOCATA_SESSION_EVENT_NOT_LOCKED, /* the system refused to lock the memory of a key */
} bocata_session_event_kind;

/* `detail` and `cookie_hash` live until the callback returns and hold neither cookie bytes nor
 * values: at most the application's own key names and sizes.
 *
 * Refused cookies are told at most once a second for each reason, so that whoever sends them cannot
 * fill a log; bocata_sessions_stats counts them all. */
typedef struct bocata_session_event {
    bocata_session_event_kind kind;
    bocata_reason reason;
    bocata_status status;
    const char *detail;
    const char *cookie_hash; /* 16 hex digits, the same for the same cookie as long as the sessions
                                are open; NULL where none was refused */
    uint64_t untold_count;   /* how many of this reason were refused since it was last told */
} bocata_session_event;

typedef void (*bocata_session_event_fn)(const bocata_session_event *event, void *user);

#define BOCATA_MAX_AGE_NONE INT64_MAX /* a browser-session cookie, accepted at any age */
#define BOCATA_MAX_AGE_MAX_S 34560000 /* 400 days: browsers keep no cookie longer */
#define BOCATA_CLOCK_SKEW_NONE (-1)   /* no timestamp from the future is taken */

/* Filled by name; what is left zero means the default, which is Starlette's. Everything is borrowed
 * for the call that takes it, but for `event_user`. */
typedef struct bocata_session_settings {
    /* the keys */
    const bocata_secret *secret_key; /* required, unless from_env */
    bool from_env; /* take SECRET_KEY, not SECRET_KEY_FILE, from the environment */
    const bocata_secret *const *secret_key_fallbacks; /* older keys, newest first, to verify with;
                                                         NULL for none */
    size_t secret_key_fallback_count;
    /* the cookie */
    bocata_session_format format; /* starlette */
    const char *session_cookie;   /* the cookie's name; "session" */
    const char *path;             /* "/" */
    const char *domain;           /* none: the cookie stays on the host that set it */
    bocata_same_site same_site;   /* lax */
    bool https_only;              /* adds Secure */
    bool partitioned;             /* one cookie for each site that embeds this one (CHIPS) */
    /* its lifetime */
    int64_t max_age_s;          /* 1209600 (14 days); negative: always expired */
    int64_t idle_timeout_s;     /* not used for so long: ended; none */
    int64_t absolute_timeout_s; /* begun so long ago: ended, however much it is used; none */
    bocata_rolling rolling;     /* half-life */
    int64_t clock_skew_s;       /* how far in the future a timestamp may lie; 60 */
    /* and the rest */
    bocata_duplicates duplicates;     /* refuse */
    unsigned clear_site_data;         /* of bocata_clear_site_data, when a view clears; none */
    bocata_session_event_fn on_event; /* called from whichever thread loads or saves */
    void *event_user;
} bocata_session_settings;

#define BOCATA_REASONS_MAX 32 /* so that later reasons move nothing in the counts */

/* Since the sessions were opened. */
typedef struct bocata_sessions_counts {
    uint64_t loaded[BOCATA_REASONS_MAX]; /* how often each reason was met; NONE are the accepted */
    uint64_t keys[BOCATA_KEYS_MAX]; /* cookies accepted by each key: secret_key, fallbacks… */
} bocata_sessions_counts;

/* What the save needs to know of the response that will carry it. */
typedef struct bocata_response_facts {
    int status;                /* a 5xx saves nothing */
    bool cache_control_is_set; /* the application chose its own Cache-Control */
    int64_t now_s;             /* Unix seconds, UTC: the timestamp of a new cookie */
} bocata_response_facts;

/* Adds one header line to the response; both strings live until it returns. Anything but BOCATA_OK
 * ends the save, which returns it. */
typedef bocata_status (*bocata_add_header_fn)(void *user, const char *name, const char *value);

BOCATA_BEGIN_DECLS

/* ---- configured once ------------------------------------------------------------------------- */

/* Checks the settings and derives the keys.
 *
 *   settings      a const bocata_session_settings *, borrowed for the call; parentheses go around a
 *                 literal with commas
 *   ret_sessions  set on BOCATA_OK only; close it with bocata_sessions_close
 *   error         may be NULL; its message names the field
 *
 * Returns BOCATA_OK, BOCATA_E_INVALID, BOCATA_E_NOMEM or BOCATA_E_CRYPTO. */
#define bocata_sessions_open(settings, ret_sessions, error)                                        \
    bocata_sessions_open_sized((settings), sizeof(bocata_session_settings), (ret_sessions), (error))

BOCATA_API BOCATA_MUST_USE bocata_status
bocata_sessions_open_sized(const bocata_session_settings *settings, size_t settings_size,
                           bocata_sessions **ret_sessions, bocata_error *error);

/* Wipes the keys. Every codec made from it must be freed before. NULL is fine. */
BOCATA_API void bocata_sessions_close(bocata_sessions *sessions);

/* Why a key could be guessed, e.g. "`secret_key` is shorter than 32 bytes"; NULL if none could,
 * and for NULL sessions. Until the sessions are closed. */
BOCATA_API const char *bocata_sessions_weakness(const bocata_sessions *sessions);

/* The cookie's name, until the sessions are closed, NULL for NULL sessions; and whether it is sent
 * over HTTPS only. */
BOCATA_API const char *bocata_sessions_cookie_name(const bocata_sessions *sessions);
BOCATA_API bool bocata_sessions_https_only(const bocata_sessions *sessions);

/* Exact at the time of the call, from any thread; all zero for NULL sessions. */
#define bocata_sessions_stats(sessions, ret_counts)                                                \
    bocata_sessions_stats_sized((sessions), (ret_counts), sizeof(bocata_sessions_counts))
BOCATA_API void bocata_sessions_stats_sized(const bocata_sessions *sessions,
                                            bocata_sessions_counts *ret_counts, size_t counts_size);

/* ---- one a thread ---------------------------------------------------------------------------- */

/* NULL when out of memory, or when libcrypto fails. The sessions must outlive it. */
BOCATA_API bocata_codec *bocata_codec_new(const bocata_sessions *sessions);
BOCATA_API void bocata_codec_free(bocata_codec *codec);

/* ---- one a request ------------------------------------------------------------------------------
 * Every call takes a NULL session, as one that is empty and cannot be written. */

/* Reads the session from the values of the request's Cookie header lines.
 *
 *   codec           of this thread; must outlive the session
 *   cookie_headers  `count` values, untrusted; borrowed for the call
 *   now_s           Unix seconds, UTC
 *
 * A NULL codec, for a server that has no sessions configured, gives an empty session whose save
 * fails.
 *
 * A refused cookie is an empty session with a reason. Returns NULL only when out of memory, or when
 * libcrypto fails; free the session with bocata_session_free, on the same thread. */
BOCATA_API bocata_session *bocata_session_load(bocata_codec *codec,
                                               const bocata_str *cookie_headers, size_t count,
                                               int64_t now_s);
BOCATA_API void bocata_session_free(bocata_session *session);

/* Says what the response must carry: "Vary: Cookie" always, "Set-Cookie" when the session changed,
 * is due to be renewed or was verified by an older key, and with that "Cache-Control: no-store"
 * unless the application chose its own; "Clear-Site-Data" where that is configured and the session
 * was cleared (without "cookies" if something was set since). Called once, before the response's
 * head is sent.
 *
 * Returns BOCATA_OK; BOCATA_E_TOO_LARGE when the cookie is too large for browsers; the status of
 * the first setter that failed; BOCATA_E_UNSUPPORTED for a value that JSON has no form for;
 * BOCATA_E_INVALID for a session without a codec, a NULL argument or a time before 1970;
 * BOCATA_E_NOMEM; BOCATA_E_CRYPTO; or what add_header returned. After a failure the response should
 * be a 500, without the headers that were added. `facts` is a const bocata_response_facts *;
 * parentheses go around a literal with commas. */
#define bocata_session_save(session, facts, add_header, user)                                      \
    bocata_session_save_sized((session), (facts), sizeof(bocata_response_facts), (add_header),     \
                              (user))
BOCATA_API BOCATA_MUST_USE bocata_status
bocata_session_save_sized(bocata_session *session, const bocata_response_facts *facts,
                          size_t facts_size, bocata_add_header_fn add_header, void *user);

/* The value of the first cookie called `name`, as sent; {NULL, 0} where there is none. Borrowed
 * from the headers, which are untrusted: anybody may have written it. */
BOCATA_API bocata_str bocata_cookie_find(const bocata_str *cookie_headers, size_t count,
                                         const char *name);

/* Why it is empty; BOCATA_REASON_NONE when a cookie was accepted. */
BOCATA_API bocata_reason bocata_session_reason(const bocata_session *session);
BOCATA_API const char *bocata_reason_name(bocata_reason reason); /* "bad-signature" */
BOCATA_API const char *bocata_reason_text(bocata_reason reason); /* the sentence */

/* ---- what outlives the request ------------------------------------------------------------------
 * For sockets that must end when their session does. */

/* The session gets an id at its next save, if it has none and is not empty; one that is in a cookie
 * already is then sent anew. (Sealed sessions always have one.) Returns as a setter. */
BOCATA_API bocata_status bocata_session_ensure_id(bocata_session *session);

/* 16 bytes that are this session's alone, until it is cleared, emptied or renewed: as it is now,
 * and as the request's cookie had it. Once saved they differ if the old session has ended. {NULL,
 * 0} for none. Never show them: borrowed until the session is freed. */
BOCATA_API bocata_str bocata_session_id(const bocata_session *session);
BOCATA_API bocata_str bocata_session_loaded_id(const bocata_session *session);

/* The Unix second from which on the session, as its cookie now is, is refused for its age: 0 for
 * always, INT64_MAX for never, and for one that is empty. Before the save, a new session counts as
 * sent when it was loaded. */
BOCATA_API int64_t bocata_session_deadline(const bocata_session *session);

/* ---- reading ------------------------------------------------------------------------------------
 * What these return is borrowed until the session is freed, also after the key is set again.
 * `fallback` is returned where the key is missing or holds another type. */

BOCATA_API json_int_t bocata_session_get_int(const bocata_session *session, const char *key,
                                             json_int_t fallback);
BOCATA_API double bocata_session_get_real(const bocata_session *session, const char *key,
                                          double fallback); /* takes an integer too */
BOCATA_API bool bocata_session_get_bool(const bocata_session *session, const char *key,
                                        bool fallback);

/* UTF-8, a NUL follows the last byte, and there may be NULs before: a C string only if its strlen
 * is its len. `fallback` may be NULL, and gives {NULL, 0}. */
BOCATA_API bocata_str bocata_session_get_str(const bocata_session *session, const char *key,
                                             const char *fallback);

/* NULL where the key is missing. To change a nested value use bocata_session_edit. */
BOCATA_API const json_t *bocata_session_get(const bocata_session *session, const char *key);
BOCATA_API bool bocata_session_has(const bocata_session *session, const char *key);
BOCATA_API size_t bocata_session_size(const bocata_session *session); /* the number of keys */

/* Runs over all keys in the order they were set. Keys must not be added or deleted meanwhile:
 *
 *     bocata_session_foreach(session, key, value) { … }
 *
 * with `const char *key; const json_t *value;` declared before. */
#define bocata_session_foreach(session, key, value)                                                \
    for ((key) = bocata_session_next((session), NULL);                                             \
         (key) && ((value) = bocata_session_get((session), (key)));                                \
         (key) = bocata_session_next((session), (key)))

/* The key after `key`, the first one for NULL; NULL at the end. Borrowed until it is deleted. */
BOCATA_API const char *bocata_session_next(const bocata_session *session, const char *key);

/* How many bytes of JSON may still be added before the cookie is too large for browsers; a key
 * costs its quotes and separators too. Where nothing can be stored: 0. */
BOCATA_API size_t bocata_session_room(bocata_session *session);

/* ---- writing ------------------------------------------------------------------------------------
 * Each returns BOCATA_OK, BOCATA_E_INVALID (a NULL, a key or string that is not UTF-8, the reserved
 * key "_bocata", a real that is not finite) or BOCATA_E_NOMEM. The status may be ignored: a failed
 * call also fails the save. Setting the value that is already there changes nothing.
 *
 * BOCATA_E_TOO_LARGE says at once that the session no longer fits a cookie. The value is in it all
 * the same: make it smaller, or the save fails.
 *
 * BOCATA_E_TOO_LATE says that bocata_session_save was called, whatever came of it: no cookie can
 * carry the change, and nothing is changed. That goes for all that write, also for what is there
 * already, and an event tells it once for each session. */

BOCATA_API bocata_status bocata_session_set_int(bocata_session *session, const char *key,
                                                json_int_t value);
BOCATA_API bocata_status bocata_session_set_real(bocata_session *session, const char *key,
                                                 double value);
BOCATA_API bocata_status bocata_session_set_bool(bocata_session *session, const char *key,
                                                 bool value);
BOCATA_API bocata_status bocata_session_set_string(bocata_session *session, const char *key,
                                                   const char *value);
BOCATA_API bocata_status bocata_session_set_str(bocata_session *session, const char *key,
                                                bocata_str value);
BOCATA_API bocata_status
bocata_session_set(bocata_session *session, const char *key,
                   json_t *value); /* takes the reference, also on failure */

/* The value for changing in place, NULL where the key is missing. The session counts as changed,
 * and what was borrowed from inside this value follows the change. It stays the session's: it needs
 * no set. */
BOCATA_API json_t *bocata_session_edit(bocata_session *session, const char *key);

/* Sets every member of an object, or, if one of them is wrong, none; takes the reference, also on
 * failure. */
BOCATA_API bocata_status bocata_session_update(bocata_session *session, json_t *object);

/* BOCATA_OK also where the key was missing. */
BOCATA_API bocata_status bocata_session_delete(bocata_session *session, const char *key);

/* Deletes the key and returns what it held, NULL where it was missing; borrowed until the session
 * is freed. */
BOCATA_API const json_t *bocata_session_pop(bocata_session *session, const char *key);

/* The log-out: empties it, flash messages too, and ends its id. The save deletes the cookie in the
 * browser, or sends a new session where something was set since. */
BOCATA_API bocata_status bocata_session_clear(bocata_session *session);

/* ---- its identity and lifetime --------------------------------------------------------------- */

/* The log-in: call it when a user has proved who they are. The session keeps its values and a
 * lifetime of its own, and gets a new id and CSRF token; its absolute timeout begins anew. Where
 * another user may have been logged in, clear it first. Returns as a setter. */
BOCATA_API bocata_status bocata_session_renew(bocata_session *session);

/* A lifetime of this session's own ("remember me"), until it is cleared: seconds from 1 to
 * BOCATA_MAX_AGE_MAX_S, BOCATA_MAX_AGE_NONE for until the browser is closed, or 0 for the
 * settings'. The timeouts hold all the same. Returns as a setter. */
BOCATA_API bocata_status bocata_session_set_max_age(bocata_session *session, int64_t max_age_s);

/* ---- flash messages: read once, by this response or a later one ------------------------------ */

#define BOCATA_FLASHES_MAX 8     /* messages that wait */
#define BOCATA_FLASH_LEN_MAX 512 /* bytes of a text */
#define BOCATA_FLASH_CATEGORY_LEN_MAX 32

/* (The caller's memory, and so it never grows.) */
typedef struct bocata_flash {
    bocata_str category, text; /* as from bocata_session_get_str; escape the text in HTML */
} bocata_flash;

/* Leaves a message. The oldest give way, to a ninth and to what does not fit a cookie. `category`
 * ("info", "error"…) is for the page to choose a look by. Returns as a setter; BOCATA_E_INVALID
 * also for one that is too long. */
BOCATA_API bocata_status bocata_session_flash(bocata_session *session, const char *category,
                                              const char *text);

/* Takes the oldest message of this category out, NULL: of any. False where there is none. */
BOCATA_API bool bocata_session_pop_flash(bocata_session *session, const char *category,
                                         bocata_flash *ret_flash);

BOCATA_END_DECLS

#endif
