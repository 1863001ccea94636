/* The public headers are C99: this compiles with -std=c99 -pedantic-errors. */
#include <stdio.h>

#include <bocata.h>

int main(void)
{
    bocata_app *app = bocata_app_new(NULL);
    bocata_session_settings sessions = {.from_env = true, .path = "/"};
    bocata_settings settings = {.sessions = &sessions};
    bocata_app_configure(app, &settings);
    bocata_app_configure(app, &(bocata_settings){.sessions = NULL, .config = NULL});
    int has_mistakes = bocata_app_error(app) != NULL;
    bocata_app_free(app);
    printf("1..1\n%sok 1 - the headers are C99\n", has_mistakes ? "" : "not ");
    return has_mistakes ? 0 : 1;
}
