#include <bocata/server.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bocata/version.h>

#include "base/str.h"
#include "server/server.h"
#include "web/app.h"
#include "web/config_file.h"
#include "web/log.h"

/* Holds the pid of the process that --env-file started anew, so that this starts no other. One that
 * inherits it from that process has another pid. */
#define ENV_FILE_MARK "BOCATA_ENV_FILE_IS_LOADED"

enum { EXIT_REFUSED = 1, EXIT_USAGE = 2 };

enum { PID_TEXT_LEN = 24 };

static void format_pid(char pid[PID_TEXT_LEN])
{
    snprintf(pid, PID_TEXT_LEN, "%ld", (long)getpid());
}

static bool is_env_file_loaded(void)
{
    const char *mark = getenv(ENV_FILE_MARK);
    char pid[PID_TEXT_LEN];

    format_pid(pid);
    return mark && strcmp(mark, pid) == 0;
}

/* Otherwise a socket of ours could become standard output, and libuv aborts when it closes one. */
static void open_standard_descriptors(void)
{
    int fd;

    do
        fd = open("/dev/null", O_RDWR);
    while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd >= 0)
        close(fd);
}

static void set_if_missing(const char *name, const char *value, void *user)
{
    (void)user;
    setenv(name, value, 0);
}

/* The application read its settings before this call, and uvicorn loads the file before the
 * application's code runs: so the program begins anew, with the file's variables. Returns only on
 * failure. */
static void restart_with(const bocata_app *app, const char *path, char **argv)
{
    errno = 0;
    bocata_status status = bocata_config_file_each(path, set_if_missing, NULL);
    if (status != BOCATA_OK) {
        bocata_app_log(app, BOCATA_LOG_ERROR, "--env-file %s: %s.", path,
                       status == BOCATA_E_IO ? strerror(errno) : bocata_status_text(status));
        return;
    }
    char program[PATH_MAX], pid[PID_TEXT_LEN];
    ssize_t len = readlink("/proc/self/exe", program, sizeof program - 1);
    format_pid(pid);
    setenv(ENV_FILE_MARK, pid, 1);
    if (len > 0) { /* by its name first, which stands in ps, and which valgrind follows */
        program[len] = '\0';
        execv(program, argv);
    }
    execv("/proc/self/exe", argv); /* the file was replaced or removed */
    bocata_app_log(app, BOCATA_LOG_ERROR, "--env-file: the program cannot be started anew: %s.",
                   strerror(errno));
}

static void log_mistakes(const bocata_app *app, bocata_str mistakes)
{
    while (mistakes.len > 0) {
        bocata_str line = str_cut(&mistakes, '\n');
        if (line.len > 0)
            bocata_app_log(app, BOCATA_LOG_ERROR, "%.*s", (int)line.len, line.ptr);
    }
}

/* True if the session's key may be served on this address. */
static bool check_sessions(const bocata_app *app, const bocata_options *options,
                           const bocata_address *address)
{
    const bocata_sessions *sessions = bocata_app_sessions(app);

    if (!sessions)
        return true;
    if (bocata_sessions_https_only(sessions))
        bocata_app_log(
            app, BOCATA_LOG_WARNING,
            "Sessions are https_only, and this server speaks plain HTTP: browsers keep the "
            "session cookie only behind a proxy that speaks HTTPS.");
    const char *weakness = bocata_sessions_weakness(sessions);
    if (!weakness)
        return true;
    if (!bocata_address_is_local(address) && !options->allow_weak_secret) {
        bocata_app_log(
            app, BOCATA_LOG_ERROR,
            "Sessions are not served on a public address: %s, and could be guessed. "
            "Put one of `bocata keygen` in its place (a fallback may just go), or accept "
            "the risk with --allow-weak-secret.",
            weakness);
        return false;
    }
    bocata_app_log(app, BOCATA_LOG_WARNING,
                   "Sessions: %s, and could be guessed. Put one of `bocata keygen` in its place (a "
                   "fallback may just go).",
                   weakness);
    return true;
}

static int serve(bocata_app *app, const bocata_options *options, char **argv)
{
    char message[BOCATA_LISTENER_MESSAGE_LEN];
    bocata_address address;

    bocata_app_set_log_level(app, options->log_level);
    if (options->env_file && !is_env_file_loaded()) {
        restart_with(app, options->env_file, argv);
        return EXIT_REFUSED;
    }
    unsetenv(ENV_FILE_MARK);
    const char *mistakes = bocata_app_check(app);
    if (mistakes) {
        log_mistakes(app, bocata_str_of(mistakes));
        return EXIT_REFUSED;
    }
    if (bocata_address_resolve(&address, options, message) != BOCATA_OK) {
        bocata_app_log(app, BOCATA_LOG_ERROR, "%s", message);
        return EXIT_REFUSED;
    }
    if (!check_sessions(app, options, &address))
        return EXIT_REFUSED;
    return bocata_server_run(app, options, &address);
}

int bocata_server_main(bocata_app *app, int argc, char **argv)
{
    char message[BOCATA_OPTIONS_MESSAGE_LEN];
    bocata_options options;
    const char *program = argc > 0 ? argv[0] : "program";

    open_standard_descriptors();
    if (!app) {
        fprintf(stderr, "ERROR:    %s.\n", bocata_app_error(app));
        return EXIT_REFUSED;
    }
    switch (bocata_options_parse(&options, argc, argv, message)) {
    case BOCATA_OPTIONS_HELP:
        bocata_options_print_help(stdout, program);
        return 0;
    case BOCATA_OPTIONS_VERSION:
        printf("Bocata %s\n", BOCATA_VERSION);
        return 0;
    case BOCATA_OPTIONS_WRONG:
        fprintf(stderr, "%s: %s\n", program, message);
        return EXIT_USAGE;
    case BOCATA_OPTIONS_SERVE:
        break;
    }
    return serve(app, &options, argv);
}
