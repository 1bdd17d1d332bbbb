/* SPDX-License-Identifier: Apache-2.0 */
/*
 * suffix.c: the one file that meets libpsl and libidn2.
 */
#include "suffix.h"

#include "apr_strings.h"

#ifdef HAVE_LIBPSL
#include <libpsl.h>
#endif
#ifdef HAVE_LIBIDN2
#include <idn2.h>
#endif

#ifdef HAVE_LIBPSL
/* Written while the configuration is read, by one thread; read ever after. */
static psl_ctx_t *suffixes;

static apr_status_t free_suffixes(void *data)
{
    (void)data;
    psl_free(suffixes);
    suffixes = NULL;
    return APR_SUCCESS;
}

static int is_suffix(const char *domain, int type)
{
    /* Without the "*" rule: an unknown top-level domain such as "corp" is
     * somebody's own. */
    return psl_is_public_suffix2(suffixes, domain,
                                 type | PSL_TYPE_NO_STAR_RULE);
}
#endif

void cors_suffix_load(apr_pool_t *pool)
{
#ifdef HAVE_LIBPSL
    if (!suffixes) {
        suffixes = psl_latest(NULL);
        apr_pool_cleanup_register(pool, NULL, free_suffixes,
                                  apr_pool_cleanup_null);
    }
#else
    (void)pool;
#endif
}

cors_suffix_e cors_public_suffix(const char *domain)
{
#ifdef HAVE_LIBPSL
    char below[300];

    if (!suffixes || strlen(domain) > 253) {
        return CORS_SUFFIX_NO;
    }
    /* "*.ck" in the list: every name below ck is a suffix, ck itself is not
     * named. A label that nobody can have registered shows such rules. */
    apr_snprintf(below, sizeof(below), "mod-cors-asks.%s", domain);
    if (is_suffix(domain, PSL_TYPE_ICANN)
        || is_suffix(below, PSL_TYPE_ICANN)) {
        return CORS_SUFFIX_ICANN;
    }
    if (is_suffix(domain, PSL_TYPE_PRIVATE)
        || is_suffix(below, PSL_TYPE_PRIVATE)) {
        return CORS_SUFFIX_PRIVATE;
    }
#else
    (void)domain;
#endif
    return CORS_SUFFIX_NO;
}

const char *cors_host_to_ascii(apr_pool_t *pool, const char *host)
{
#ifdef HAVE_LIBIDN2
    uint8_t *ascii = NULL;
    const char *copy = NULL;

    if (idn2_lookup_u8((const uint8_t *)host, &ascii,
                       IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL) == IDN2_OK) {
        copy = apr_pstrdup(pool, (const char *)ascii);
        idn2_free(ascii);
    }
    return copy;
#else
    (void)pool;
    (void)host;
    return NULL;
#endif
}

const char *cors_suffix_missing(void)
{
#if !defined(HAVE_LIBPSL) && !defined(HAVE_LIBIDN2)
    return "built without libpsl and libidn2: wildcards below public suffixes "
           "are not noticed, and messages show no punycode";
#elif !defined(HAVE_LIBPSL)
    return "built without libpsl: wildcards below public suffixes are not "
           "noticed";
#elif !defined(HAVE_LIBIDN2)
    return "built without libidn2: messages show no punycode";
#else
    return NULL;
#endif
}
