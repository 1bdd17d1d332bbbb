/* SPDX-License-Identifier: Apache-2.0 */
/*
 * neighbours.c: reads the parsed tree around a section. All of it are
 * warnings: another module may have good reasons.
 */
#include "httpd/neighbours.h"

#include <string.h>

#include "apr_lib.h"
#include "apr_strings.h"

#include "httpd/redirected.h"

typedef struct scope_t {
    const cors_section_t *section;
    const cors_rules_t *rules;
    cors_findings_t *findings;
    apr_pool_t *pool;
    int alternatives;           /* inside <RequireAny> */
    int at_server;              /* looking at the server's own level */
} scope_t;

static void warn(const scope_t *scope, cors_finding_e id,
                 const ap_directive_t *d, const char *value)
{
    cors_where_t where;

    where.file = apr_pstrdup(scope->pool, d->filename);
    where.line = d->line_num;
    if (!value) {
        value = apr_pstrcat(scope->pool, d->directive, " ", d->args, NULL);
    }
    cors_finding_add(scope->findings, id, &where, value, NULL);
    cors_finding_other(scope->findings, &scope->section->where);
}

/* Whether a blank separated list has a word, without case. */
static int has_word(apr_pool_t *p, const char *args, const char *word)
{
    while (*args) {
        if (!strcasecmp(ap_getword_conf(p, &args), word)) {
            return 1;
        }
    }
    return 0;
}

/* Any policy of the section that allows "*". */
static int allows_any(const cors_rules_t *rules)
{
    int i;

    for (i = 0; i < rules->n; i++) {
        cors_policy_t p;

        cors_rules_policy(rules, i, &p);
        if (p.origins && cors_origin_set_any(p.origins->set)) {
            return 1;
        }
    }
    return 0;
}

static void check_require(scope_t *scope, const ap_directive_t *d)
{
    const char *args = d->args;
    const char *type = ap_getword_conf(scope->pool, &args);

    if (!strcasecmp(type, "method")) {
        if (has_word(scope->pool, args, "OPTIONS")) {
            warn(scope, CORS_F_OPTIONS_OPEN, d, NULL);
        }
        else if (!scope->alternatives) {
            warn(scope, CORS_F_PREFLIGHT_REFUSED, d, NULL);
        }
    }
    else if (!strcasecmp(type, "expr") || !strcasecmp(type, "env")
             || !strcasecmp(type, "ssl-verify-client")) {
        if (!scope->alternatives) {
            warn(scope, CORS_F_PREFLIGHT_REFUSED, d, NULL);
        }
    }
    else if (!strcasecmp(type, "ip") || !strcasecmp(type, "local")
             || !strcasecmp(type, "host")) {
        if (allows_any(scope->rules)) {
            warn(scope, CORS_F_ANY_GUARDED, d, NULL);
        }
    }
}

/* The preflight itself, and each method that a policy names. */
static void check_allow_methods(scope_t *scope, const ap_directive_t *d)
{
    int i, m;

    if (has_word(scope->pool, d->args, "reset")) {
        return;
    }
    if (!has_word(scope->pool, d->args, "OPTIONS")) {
        warn(scope, CORS_F_ALLOW_METHODS, d, "OPTIONS");
    }
    for (i = 0; i < scope->rules->n; i++) {
        cors_policy_t p;

        cors_rules_policy(scope->rules, i, &p);
        for (m = 0; p.methods && m < p.methods->names->nelts; m++) {
            const char *name = APR_ARRAY_IDX(p.methods->names, m,
                                             const char *);

            if (!has_word(scope->pool, d->args, name)) {
                warn(scope, CORS_F_ALLOW_METHODS, d, name);
            }
        }
    }
}

/* The value of the R flag of a RewriteRule: "" for a plain R, NULL for none. */
static const char *redirect_flag(apr_pool_t *p, const char *flags)
{
    char *flag, *state, *copy = apr_pstrdup(p, flags);
    const char *found = NULL;

    for (flag = apr_strtok(copy, "[], ", &state); flag;
         flag = apr_strtok(NULL, "[], ", &state)) {
        char *value = strchr(flag, '=');

        if (value) {
            *value++ = '\0';
        }
        if (!strcasecmp(flag, "R") || !strcasecmp(flag, "redirect")) {
            found = value ? value : "";
        }
    }
    return found;
}

/* The path of the section's <Location>, "/" for a server's own level; NULL where
 * no URL path is the section's. */
static const char *section_path(const scope_t *scope)
{
    const ap_directive_t *parent = scope->section->parent;
    const char *args, *path;

    if (cors_is_server_level(parent)) {
        return "/";
    }
    if (strcasecmp(parent->directive, "<Location")) {
        return NULL;
    }
    args = parent->args;
    path = ap_getword_conf(scope->pool, &args);
    path = apr_pstrmemdup(scope->pool, path, strcspn(path, ">"));
    return *path == '/' ? path : NULL;
}

static void check_rewrite(scope_t *scope, const ap_directive_t *d,
                          const ap_directive_t *before)
{
    const char *args = d->args;
    const char *pattern = ap_getword_conf(scope->pool, &args);
    const char *target = ap_getword_conf(scope->pool, &args);
    const char *flag = redirect_flag(scope->pool,
                                     ap_getword_conf(scope->pool, &args));

    if (!flag || !*target) {
        return;
    }
    if (!strcmp(flag, "200") || !strcmp(flag, "204")) {
        warn(scope, CORS_F_REWRITE_STATUS, d, NULL);
    }
    else if (scope->at_server && (!*flag || *flag == '3' || apr_isalpha(*flag))
             && !(before && !strcasecmp(before->directive, "RewriteCond"))
             && cors_pattern_reaches(pattern, section_path(scope),
                                     scope->pool)) {
        warn(scope, CORS_F_REDIRECTED, d, NULL);
    }
}

/* Of the words of a Redirect or RedirectMatch the one that says for what, or
 * the URL where that is not said; NULL where it does not redirect. */
static const char *redirected(const char **args, apr_pool_t *pool)
{
    const char *word = ap_getword_conf(pool, args);

    if (apr_isdigit(*word)) {
        return *word == '3' ? ap_getword_conf(pool, args) : NULL;
    }
    if (!strcasecmp(word, "gone")) {
        return NULL;
    }
    return !strcasecmp(word, "permanent") || !strcasecmp(word, "temp")
                   || !strcasecmp(word, "seeother")
               ? ap_getword_conf(pool, args) : word;
}

/* Redirect [status] [URL-path] URL. Without a path it stands in a section; in
 * a <Location> mod_alias follows it as early as one of the server's. */
static void check_redirect(scope_t *scope, const ap_directive_t *d)
{
    const char *args = d->args;
    const char *word = redirected(&args, scope->pool);

    if (word
        && (scope->at_server
                ? cors_prefix_reaches(word, section_path(scope))
                : !*args
                      && !strcasecmp(scope->section->parent->directive,
                                     "<Location"))) {
        warn(scope, CORS_F_REDIRECTED, d, NULL);
    }
}

/* RedirectMatch [status] regex URL: in a section it comes after the answer. */
static void check_redirect_match(scope_t *scope, const ap_directive_t *d)
{
    const char *args = d->args;
    const char *word = redirected(&args, scope->pool);

    if (word && scope->at_server
        && cors_pattern_reaches(word, section_path(scope), scope->pool)) {
        warn(scope, CORS_F_REDIRECTED, d, NULL);
    }
}

/* Header [condition] action name … */
static void check_header(scope_t *scope, const ap_directive_t *d)
{
    const char *args = d->args;
    const char *word = ap_getword_conf(scope->pool, &args);

    if (!strcasecmp(word, "always") || !strcasecmp(word, "onsuccess")) {
        word = ap_getword_conf(scope->pool, &args);
    }
    word = ap_getword_conf(scope->pool, &args);
    if (!scope->rules->keep && cors_is_cors_header(word)) {
        warn(scope, CORS_F_HEADER_OVERRIDDEN, d, NULL);
    }
}

static void check_cache(scope_t *scope, const ap_directive_t *d)
{
    const char *args = d->args;

    while (*args) {
        const char *word = ap_getword_conf(scope->pool, &args);

        if (!strcasecmp(word, "Vary") || cors_is_cors_header(word)) {
            warn(scope, CORS_F_CACHE_IGNORES, d, word);
        }
    }
}

static void check_auth_type(scope_t *scope, const ap_directive_t *d)
{
    const char *args = d->args;
    const char *type = ap_getword_conf(scope->pool, &args);

    if (scope->rules->preflight == CORS_PREFLIGHT_PASS
        && (!strcasecmp(type, "oauth20")
            || !strcasecmp(type, "auth-openidc"))) {
        warn(scope, CORS_F_PASS_OPTIONS, d, NULL);
    }
}

static void check_list(scope_t *scope, const ap_directive_t *first);

/* What a directive means for the section it stands beside. */
static void check_one(scope_t *scope, const ap_directive_t *d,
                      const ap_directive_t *before)
{
    const char *name = d->directive;
    int alternatives = scope->alternatives;

    if (!strcasecmp(name, "Require")) {
        check_require(scope, d);
    }
    else if (!strncasecmp(name, "<Require", 8)) {
        scope->alternatives |= !strcasecmp(name, "<RequireAny");
        check_list(scope, d->first_child);
        scope->alternatives = alternatives;
    }
    else if (!strcasecmp(name, "<LimitExcept")
             && has_word(scope->pool, apr_pstrmemdup(scope->pool, d->args,
                                                     strcspn(d->args, ">")),
                         "OPTIONS")) {
        warn(scope, CORS_F_OPTIONS_OPEN, d, NULL);
    }
    else if (!strcasecmp(name, "AllowMethods")) {
        check_allow_methods(scope, d);
    }
    else if (!strcasecmp(name, "RewriteRule")) {
        check_rewrite(scope, d, before);
    }
    else if (!strcasecmp(name, "Redirect")
             || !strcasecmp(name, "RedirectPermanent")
             || !strcasecmp(name, "RedirectTemp")) {
        check_redirect(scope, d);
    }
    else if (!strcasecmp(name, "RedirectMatch")) {
        check_redirect_match(scope, d);
    }
    else if (!strcasecmp(name, "Header")) {
        check_header(scope, d);
    }
    else if (!strcasecmp(name, "SSLVerifyClient")
             && has_word(scope->pool, d->args, "require")) {
        warn(scope, CORS_F_CLIENT_CERTIFICATE, d, NULL);
    }
    else if (!strcasecmp(name, "AuthType")) {
        check_auth_type(scope, d);
    }
    else if (!strcasecmp(name, "CacheIgnoreHeaders")) {
        check_cache(scope, d);
    }
}

static void check_list(scope_t *scope, const ap_directive_t *first)
{
    const ap_directive_t *d, *before = NULL;

    for (d = first; d; before = d, d = d->next) {
        check_one(scope, d, before);
    }
}

/* Of the server's own level, only what reaches into a section. */
static void check_server_level(scope_t *scope, const ap_directive_t *first)
{
    static const char *const reaching[] = {
        "RewriteRule", "Redirect", "RedirectPermanent", "RedirectTemp",
        "RedirectMatch", "SSLVerifyClient", "CacheIgnoreHeaders"
    };
    const ap_directive_t *d, *before = NULL;
    apr_size_t i;

    scope->at_server = 1;
    for (d = first; d; before = d, d = d->next) {
        for (i = 0; i < sizeof(reaching) / sizeof(reaching[0]); i++) {
            if (!strcasecmp(d->directive, reaching[i])) {
                check_one(scope, d, before);
            }
        }
    }
}

static int reads_origin(const char *condition, apr_pool_t *pool)
{
    const ap_regex_t *regex = ap_pregcomp(
        pool, "(HTTP|req|req_novary):Origin\\b"
        "|(http|req|req_novary) *\\( *['\"]Origin['\"]", AP_REG_ICASE);

    return !ap_regexec(regex, condition, 0, NULL, 0);
}

/* An <If> over Origin, however deep the section stands in it. */
static void check_conditions(scope_t *scope)
{
    const ap_directive_t *c;

    for (c = scope->section->parent; c; c = c->parent) {
        if ((!strcasecmp(c->directive, "<If")
             || !strcasecmp(c->directive, "<ElseIf"))
            && reads_origin(c->args, scope->pool)) {
            warn(scope, CORS_F_IF_ORIGIN, c, NULL);
        }
    }
}

void cors_neighbours_check(const cors_section_t *section,
                           const cors_rules_t *rules,
                           cors_findings_t *findings)
{
    const ap_directive_t *container = section->parent;
    scope_t scope = {0};

    scope.section = section;
    scope.rules = rules;
    scope.findings = findings;
    scope.pool = findings->pool;
    check_conditions(&scope);
    if (rules->engine != CORS_ENGINE_ON || !rules->in_force) {
        return;
    }
    scope.at_server = cors_is_server_level(container);
    check_list(&scope, container ? container->first_child : ap_conftree);
    if (scope.at_server) {
        return;
    }
    while (!cors_is_server_level(container)) {
        container = container->parent;
    }
    check_server_level(&scope, container ? container->first_child
                                         : ap_conftree);
}
