#include <bocata/status.h>
#include <bocata/version.h>

static const struct {
    const char *name, *text;
} statuses[] = {
#define STATUS_ROW(name, text) {"BOCATA_" #name, text},
    BOCATA_STATUS_MAP(STATUS_ROW)
#undef STATUS_ROW
};

static const size_t status_count = sizeof statuses / sizeof statuses[0];

const char *bocata_status_name(bocata_status status)
{
    return (size_t)status < status_count ? statuses[status].name : "BOCATA_E_UNKNOWN";
}

const char *bocata_status_text(bocata_status status)
{
    return (size_t)status < status_count ? statuses[status].text : "an unknown status";
}

const char *bocata_version(void)
{
    return BOCATA_VERSION;
}
