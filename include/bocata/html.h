/* Text in pages. */
#ifndef BOCATA_HTML_H
#define BOCATA_HTML_H

#include <bocata/export.h>
#include <bocata/request.h>
#include <bocata/str.h>

BOCATA_BEGIN_DECLS

/* The text with `&`, `<`, `>`, `"` and `'` written as references, so that it may stand between tags
 * and in quoted attributes (not in scripts, styles, or as a link's target). A NUL follows the last
 * byte. Lives as long as the request; {"", 0} when the request's memory is used up, and the
 * response is then a 500. */
BOCATA_API bocata_str bocata_html_escape(bocata_request *request, bocata_str text);

BOCATA_END_DECLS

#endif
