/* How the pages look. `%s` are filled with escaped text. */
#ifndef LOGIN_PAGE_H
#define LOGIN_PAGE_H

/* Title, heading, notices, contents. */
static const char page_frame[] =
    "<!doctype html>\n"
    "<html lang=\"en\">\n"
    "<meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
    "<meta name=\"color-scheme\" content=\"light dark\">\n"
    "<title>%s</title>\n"
    "<link rel=\"icon\" href=\"data:,\">\n"
    "<link rel=\"stylesheet\" href=\"/style.css\">\n"
    "<main>\n"
    "<h1>%s</h1>\n"
    "<div id=\"notices\" role=\"status\">%s</div>\n"
    "%s"
    "</main>\n";

/* Its category and text. */
static const char page_notice[] = "<p class=\"notice %s\">%s</p>\n";

/* The token, the name that was typed, attributes of the name and of the password. */
static const char page_login_form[] =
    "<form method=\"post\" action=\"/login\">\n"
    "  <input type=\"hidden\" name=\"csrf_token\" value=\"%s\">\n"
    "  <label for=\"name\">Name</label>\n"
    "  <input id=\"name\" name=\"name\" value=\"%s\" required maxlength=\"64\" "
    "autocomplete=\"username\" autocapitalize=\"none\" spellcheck=\"false\"%s>\n"
    "  <label for=\"password\">Password</label>\n"
    "  <input id=\"password\" name=\"password\" type=\"password\" required "
    "autocomplete=\"current-password\"%s>\n"
    "  <label class=\"check\"><input type=\"checkbox\" name=\"remember\" value=\"yes\"> Remember "
    "me on this device</label>\n"
    "  <button>Log in</button>\n"
    "</form>\n"
    "<p class=\"aside\">To try it: <code>ann</code> with the password <code>sandwich</code>.</p>\n";

/* When they logged in, twice: for machines and for people; how long it lasts; the token. */
static const char page_home[] =
    "<dl>\n"
    "  <div><dt>Logged in</dt><dd><time datetime=\"%s\">%s</time></dd></div>\n"
    "  <div><dt>Remembered</dt><dd>%s</dd></div>\n"
    "</dl>\n"
    "<form method=\"post\" action=\"/logout\">\n"
    "  <input type=\"hidden\" name=\"csrf_token\" value=\"%s\">\n"
    "  <button class=\"quiet\">Log out</button>\n"
    "</form>\n";

static const char page_logged_out[] = "<p>Log in to see what your session holds.</p>\n"
                                      "<a class=\"button\" href=\"/login\">Log in</a>\n";

static const char page_refused[] = "<p>%s</p>\n"
                                   "<p>The form may have grown old. Nothing was changed.</p>\n"
                                   "<a class=\"button\" href=\"/\">Start again</a>\n";

static const char page_style[] =
    ":root { color-scheme: light dark; --page: #eef1f5; --card: #fff; --text: #1b2430;\n"
    "  --soft: #566173; --line: #78849a; --accent: #1f5fbf; --on-accent: #fff; --focus: #1f5fbf;\n"
    "  --error: #a3201d; --error-back: #fdecea; --success: #1a6332; --success-back: #e7f5ea;\n"
    "  --info: #1d4f91; --info-back: #e8f0fb;\n"
    "  font: 1.0625rem/1.5 system-ui, sans-serif }\n"
    "@media (prefers-color-scheme: dark) { :root { --page: #12161c; --card: #1c222b;\n"
    "  --text: #e8ecf2; --soft: #a5b0c0; --line: #6f7b8e; --accent: #8ab8ff;\n"
    "  --on-accent: #0f1a2b; --focus: #8ab8ff; --error: #ffb4ad; --error-back: #43201f;\n"
    "  --success: #a4e3b4; --success-back: #1b3825; --info: #b0d0ff; --info-back: #1d3250 } }\n"
    "*, ::before { box-sizing: border-box }\n"
    "body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1.25rem;\n"
    "  background: var(--page); color: var(--text) }\n"
    "main { width: 100%; max-width: 25rem; padding: 2rem; background: var(--card);\n"
    "  border-radius: 1rem; box-shadow: 0 1px 2px #0002, 0 12px 32px #0000001a }\n"
    "h1 { margin: 0 0 1.25rem; font-size: 1.625rem; line-height: 1.25;\n"
    "  overflow-wrap: anywhere }\n"
    "p { margin: 0 0 1.25rem }\n"
    "label { display: block; margin-bottom: .375rem; font-weight: 600 }\n"
    "input:not([type=checkbox]) { display: block; width: 100%; padding: .625rem .75rem;\n"
    "  margin-bottom: 1.125rem; font: inherit; color: inherit; background: transparent;\n"
    "  border: 1px solid var(--line); border-radius: .5rem }\n"
    "input[aria-invalid] { border-color: var(--error) }\n"
    ".check { display: flex; align-items: center; gap: .625rem; margin-bottom: 1.375rem;\n"
    "  font-weight: 400 }\n"
    ".check input { flex: none; width: 1.125rem; height: 1.125rem; margin: 0; accent-color: "
    "var(--accent) }\n"
    "button, .button { display: block; width: 100%; padding: .6875rem 1rem; font: inherit;\n"
    "  font-weight: 600; text-align: center; text-decoration: none; cursor: pointer;\n"
    "  color: var(--on-accent); background: var(--accent); border: 1px solid var(--accent);\n"
    "  border-radius: .5rem }\n"
    "button:hover, .button:hover { filter: brightness(1.08) }\n"
    ".quiet { color: inherit; background: none; border-color: var(--line) }\n"
    ":focus-visible { outline: 3px solid var(--focus); outline-offset: 2px }\n"
    ".notice { padding: .625rem .875rem; border-left: 4px solid; border-radius: .375rem }\n"
    ".error { color: var(--error); background: var(--error-back) }\n"
    ".success { color: var(--success); background: var(--success-back) }\n"
    ".info { color: var(--info); background: var(--info-back) }\n"
    ".aside { margin: 1.25rem 0 0; font-size: .9375rem; color: var(--soft) }\n"
    "code { font-size: .9375em; color: var(--text) }\n"
    "dl { margin: 0 0 1.5rem }\n"
    "dl div { display: flex; justify-content: space-between; gap: 1rem; padding: .625rem 0;\n"
    "  border-bottom: 1px solid color-mix(in srgb, var(--line) 35%, transparent) }\n"
    "dt { color: var(--soft); white-space: nowrap }\n"
    "dd { margin: 0; text-align: right }\n";

#endif
