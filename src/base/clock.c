#include "base/clock.h"

#include <stdio.h>
#include <time.h>

int64_t bocata_clock_now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec;
}

int64_t bocata_clock_now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

uint64_t bocata_clock_monotonic_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

void bocata_clock_http_date(int64_t now_s, char date[BOCATA_HTTP_DATE_LEN + 1])
{
    static const char days[7][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char months[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const int64_t year_0 = -62167219200, year_9999_end = 253402300799;
    char text[96]; /* room for whatever the compiler thinks a tm may hold */
    struct tm utc;

    time_t time = (time_t)(now_s < year_0 ? year_0 : now_s > year_9999_end ? year_9999_end : now_s);
    gmtime_r(&time, &utc);
    /* strftime's names follow the locale, so they are our own. */
    snprintf(text, sizeof text, "%s, %02d %s %04d %02d:%02d:%02d GMT", days[utc.tm_wday],
             utc.tm_mday, months[utc.tm_mon], utc.tm_year + 1900, utc.tm_hour, utc.tm_min,
             utc.tm_sec);
    snprintf(date, BOCATA_HTTP_DATE_LEN + 1, "%.*s", BOCATA_HTTP_DATE_LEN, text);
}
