/* SPDX-License-Identifier: Apache-2.0 */
/*
 * probe.c: expressions are judged by what they accept, not by how they look.
 */
#include "probe.h"

#include <string.h>

#include "apr_strings.h"

/* Origins that nobody ever wrote into a configuration. */
static const char *const strangers[] = {
    "https://mod-cors-probe.invalid",       /* any https host */
    "http://mod-cors-probe.invalid",        /* any http host */
    "https://qzxvwkj.mod-cors-probe.test",  /* any host with three labels */
    "https://mod-cors-probe.com",           /* any .com */
    "https://mod-cors-probe.net:8443",      /* any host, another port */
    "http://203.0.113.77",                  /* any IPv4 address */
    "x-mod-cors-probe://qzxvwkj",           /* any application */
};

cors_probe_e cors_probe_regex(const cors_regex_t *regex, apr_pool_t *pool,
                              const char **accepted, const char **advice)
{
    apr_size_t i;

    (void)advice;
    for (i = 0; i < sizeof(strangers) / sizeof(strangers[0]); i++) {
        if (cors_regex_match(regex, strangers[i], strlen(strangers[i]), pool)
            == CORS_REGEX_YES) {
            *accepted = strangers[i];
            return CORS_PROBE_ANY;
        }
    }
    return CORS_PROBE_NARROW;
}
