/* SPDX-License-Identifier: Apache-2.0 */
/*
 * directives.c: the table of directives, and those with a single value.
 */
#include "httpd/directives.h"

#include "apr_lib.h"
#include "apr_strings.h"

#include "httpd/registry.h"
#include "httpd/source_cache.h"

#define MAX_AGE_MOST 86400

void *cors_create_dir_config(apr_pool_t *p, char *dir)
{
    (void)dir;
    return cors_settings_make(p);
}

/* The line's place, which lives as long as the settings: mod_macro's file names
 * are temporary, but in .htaccess everything is the request's. */
static const cors_where_t *where(cors_line_t *line)
{
    cors_where_t *w = apr_pcalloc(line->pool, sizeof(*w));
    const ap_directive_t *d = line->cmd->directive;

    if (d) {
        w->file = line->is_htaccess ? d->filename
                                    : apr_pstrdup(line->pool, d->filename);
        w->line = d->line_num;
    }
    else {
        w->file = "unknown";
    }
    return w;
}

const char *cors_line_begin(cors_line_t *line, cmd_parms *cmd,
                            cors_settings_t *settings)
{
    const char *error;

    memset(line, 0, sizeof(*line));
    line->cmd = cmd;
    line->pool = cmd->pool;
    line->settings = settings;
    line->is_htaccess = (cmd->pool == cmd->temp_pool);
    line->where = where(line);
    if (!line->is_htaccess) {
        line->findings = cors_registry_findings();
    }
    else if (cmd->directive && cmd->directive->data) {
        /* -D CHECK_CORS_HTACCESS wants to hear everything. */
        line->findings = cmd->directive->data;
    }
    else {
        line->findings = cors_findings_make(cmd->pool);
    }
    error = ap_check_cmd_context(cmd, NOT_IN_LIMIT);
    if (error) {
        cors_finding_add(line->findings, CORS_F_PLACE, line->where,
                         cmd->cmd->name,
                         "take it out of the <Limit>: a policy says itself "
                         "which methods it allows");
        return cors_line_end(line);
    }
    if (!settings->touched && !line->is_htaccess) {
        cors_registry_add_section(cmd, settings, line->where);
    }
    settings->touched = 1;
    return NULL;
}

const char *cors_line_end(cors_line_t *line)
{
    const cors_finding_t *error;

    if (!line->is_htaccess) {
        return NULL;
    }
    error = cors_findings_error(line->findings);
    return error ? error->text : NULL;
}

const char *cors_line_word(cors_line_t *line, const char **args,
                           const char **rest, int split)
{
    const char *word;

    for (;;) {
        const char *end;

        while (*rest && (**rest == ',' || apr_isspace(**rest))) {
            (*rest)++;
        }
        if (*rest && **rest) {
            for (end = *rest; *end && *end != ',' && !apr_isspace(*end);
                 end++) {
            }
            /* What ends the argument is a string as it stands. */
            word = *end ? apr_pstrmemdup(line->pool, *rest,
                                         (apr_size_t)(end - *rest))
                        : *rest;
            *rest = end;
            return word;
        }
        if (!**args) {
            return NULL;
        }
        word = ap_getword_conf(line->pool, args);
        if (!split && *word) {
            return word;
        }
        *rest = word;
        if (!split) {
            *rest = NULL;
        }
    }
}

static cors_value_t *make_value(cors_line_t *line, int value)
{
    cors_value_t *v = apr_pcalloc(line->pool, sizeof(*v));

    v->value = value;
    v->at_server = !line->cmd->path;
    v->from_htaccess = line->is_htaccess;
    v->where = *line->where;
    return v;
}

/* The values of a directive; None takes back to the first. */
typedef struct choice_t {
    const char *name;
    int value;
} choice_t;

static const choice_t on_off[] = {{"Off", 0}, {"On", 1}, {NULL, 0}};
static const choice_t engines[] = {
    {"On", CORS_ENGINE_ON}, {"Off", CORS_ENGINE_OFF},
    {"ReportOnly", CORS_ENGINE_REPORT}, {NULL, 0}
};
static const choice_t send_origins[] = {
    {"Matching", 0}, {"Always", 1}, {NULL, 0}
};
static const choice_t preflights[] = {
    {"204", CORS_PREFLIGHT_204}, {"200", CORS_PREFLIGHT_200},
    {"PassThrough", CORS_PREFLIGHT_PASS}, {NULL, 0}
};
static const choice_t backends[] = {{"Replace", 0}, {"Keep", 1}, {NULL, 0}};
static const choice_t refusals[] = {
    {"Silent", CORS_REFUSAL_SILENT},
    {"ForbidUpgrades", CORS_REFUSAL_UPGRADES},
    {"Forbid", CORS_REFUSAL_FORBID}, {NULL, 0}
};
static const choice_t tolerances[] = {
    {"insecure-origins", CORS_TOLERATE_INSECURE},
    {"public-suffixes", CORS_TOLERATE_SUFFIXES},
    {"null-origin", CORS_TOLERATE_NULL},
    {"broad-patterns", CORS_TOLERATE_BROAD}, {NULL, 0}
};

static const choice_t *find_choice(cors_line_t *line, const choice_t *choices,
                                   const char *arg)
{
    const choice_t *c;
    const char *names = "";

    for (c = choices; c->name; c++) {
        if (!strcasecmp(c->name, arg)) {
            return c;
        }
    }
    for (c = choices; c->name; c++) {
        names = apr_pstrcat(line->cmd->temp_pool, names, *names ? ", " : "",
                            c->name, NULL);
    }
    cors_finding_add(line->findings, CORS_F_VALUE, line->where, arg,
                     "write one of %s, or None for the default", names);
    return NULL;
}

/* Where in the settings a single value goes, and which there are: the
 * command's cmd_data. */
typedef struct single_t {
    apr_size_t offset;
    const choice_t *choices;
} single_t;

#define SINGLE(part, choices) {APR_OFFSETOF(cors_settings_t, part), choices}

static const single_t engine = SINGLE(engine, engines);
static const single_t credentials = SINGLE(credentials, on_off);
static const single_t send_origin = SINGLE(send_origin, send_origins);
static const single_t preflight = SINGLE(preflight, preflights);
static const single_t backend = SINGLE(backend, backends);
static const single_t refusal = SINGLE(refusal, refusals);
static const single_t timing = SINGLE(timing, on_off);

static const char *set_single(cmd_parms *cmd, void *s, const char *arg)
{
    const single_t *single = cmd->cmd->cmd_data;
    const choice_t *choice;
    cors_line_t line;
    const char *error = cors_line_begin(&line, cmd, s);
    cors_value_t *v;

    if (error) {
        return error;
    }
    if (!strcasecmp(arg, "None")) {
        v = make_value(&line, 0);
    }
    else if ((choice = find_choice(&line, single->choices, arg)) != NULL) {
        v = make_value(&line, choice->value);
    }
    else {
        return cors_line_end(&line);
    }
    *(cors_value_t **)(void *)((char *)s + single->offset) = v;
    return cors_line_end(&line);
}

static const char *set_tolerate(cmd_parms *cmd, void *s, const char *args)
{
    cors_settings_t *settings = s;
    const char *word, *rest = NULL, *error;
    cors_line_t line;
    int words = 0;

    if ((error = cors_line_begin(&line, cmd, s)) != NULL) {
        return error;
    }
    while ((word = cors_line_word(&line, &args, &rest, 1)) != NULL) {
        const choice_t *c;

        words++;
        if (!strcasecmp(word, "None")) {
            settings->tolerate_none = 1;
        }
        else if ((c = find_choice(&line, tolerances, word)) != NULL) {
            settings->tolerate |= (unsigned)c->value;
            settings->tolerate_at = line.where;
        }
    }
    if (!words) {
        cors_finding_add(line.findings, CORS_F_EMPTY_LIST, line.where, NULL,
                         NULL);
    }
    else if (settings->tolerate_none && settings->tolerate) {
        cors_finding_add(line.findings, CORS_F_NONE_BESIDE_OTHERS, line.where,
                         "None", NULL);
    }
    return cors_line_end(&line);
}

/* httpd's own parser looks at no more than the first letters of the unit. */
apr_int64_t cors_read_seconds(const char *arg)
{
    static const char *const units[] = {"h", "min", "s", "ms"};
    apr_interval_time_t time;
    const char *p;
    apr_size_t i;

    for (p = arg; apr_isdigit(*p); p++) {
    }
    if (p == arg) {
        return -1;
    }
    if (!*p) {
        /* More digits than any time has: a long time. */
        return p - arg > 15 ? APR_INT64_C(1000000000000000)
                            : apr_atoi64(arg);
    }
    for (i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        if (!strcasecmp(p, units[i])) {
            break;
        }
    }
    if (i == sizeof(units) / sizeof(units[0]) || p - arg > 9
        || ap_timeout_parameter_parse(arg, &time, "s") != APR_SUCCESS
        || time < 0) {
        return -1;
    }
    return apr_time_sec(time);
}

static const char *set_max_age(cmd_parms *cmd, void *s, const char *arg)
{
    cors_settings_t *settings = s;
    cors_line_t line;
    const char *error = cors_line_begin(&line, cmd, s);
    apr_int64_t seconds = 0;
    int none = !strcasecmp(arg, "None");

    if (error) {
        return error;
    }
    if (!none && (seconds = cors_read_seconds(arg)) < 0) {
        cors_finding_add(line.findings, CORS_F_MAX_AGE, line.where, arg, NULL);
        return cors_line_end(&line);
    }
    if (seconds > MAX_AGE_MOST) {
        cors_finding_add(line.findings, CORS_F_MAX_AGE_CAPPED, line.where, arg,
                         NULL);
        seconds = MAX_AGE_MOST;
    }
    settings->max_age = make_value(&line, (int)seconds);
    settings->max_age->text = none ? NULL : apr_psprintf(line.pool,
                                                         "%" APR_INT64_T_FMT,
                                                         seconds);
    return cors_line_end(&line);
}

#define LIST(name, handler, help) \
    AP_INIT_RAW_ARGS(name, handler, NULL, OR_FILEINFO, help)
#define VALUE(name, single, help) \
    AP_INIT_TAKE1(name, set_single, (void *)&(single), OR_FILEINFO, help)

const command_rec cors_directives[] = {
    VALUE("CORSEngine", engine,
          "On, Off or ReportOnly: whether the policy here is enforced, stopped "
          "or only logged"),
    LIST("CORSAllowOrigin", cors_set_allow_origin,
         "origins or patterns that may read responses, such as "
         "https://app.example.com https://*.example.com; or *; or None"),
    LIST("CORSAllowOriginMatch", cors_set_allow_match,
         "regular expressions, each matched against a whole origin; or None"),
    AP_INIT_RAW_ARGS("CORSAllowOriginFrom", cors_set_allow_from, NULL,
                     RSRC_CONF | ACCESS_CONF,
                     "lists kept elsewhere, such as file:conf/partners.txt; or "
                     "None"),
    LIST("CORSDenyOrigin", cors_set_deny_origin,
         "origins or patterns that are refused whatever else allows them"),
    VALUE("CORSAllowCredentials", credentials,
          "On or Off: whether responses to requests with cookies, HTTP "
          "authentication or client certificates may be read"),
    LIST("CORSAllowMethods", cors_set_methods,
         "methods beside GET, HEAD and POST that a preflight may ask for; or "
         "*; or None"),
    LIST("CORSAllowHeaders", cors_set_headers,
         "request headers that a preflight may ask for; or *; or None"),
    LIST("CORSExposeHeaders", cors_set_expose,
         "response headers that a script may read; or *; or None"),
    AP_INIT_TAKE1("CORSMaxAge", set_max_age, NULL, OR_FILEINFO,
                  "how long browsers may keep a preflight's answer: seconds, "
                  "or a duration such as 10min; or None"),
    VALUE("CORSSendOrigin", send_origin,
          "Matching, or Always: one origin's headers on every response, for "
          "caches that ignore Vary"),
    VALUE("CORSPreflight", preflight,
          "204 or 200: status of a preflight's answer; PassThrough: the "
          "handler answers it"),
    VALUE("CORSBackendHeaders", backend,
          "Replace or Keep: what becomes of Access-Control-* headers that "
          "others set"),
    VALUE("CORSRefusal", refusal,
          "Silent, ForbidUpgrades or Forbid: whether requests of refused "
          "origins are answered 403"),
    VALUE("CORSTimingAllowOrigin", timing,
          "On or Off: whether Timing-Allow-Origin follows "
          "Access-Control-Allow-Origin"),
    AP_INIT_RAW_ARGS("CORSTolerate", set_tolerate, NULL, OR_FILEINFO,
                     "safety checks lifted for this section's entries: "
                     "insecure-origins, public-suffixes, null-origin, "
                     "broad-patterns; or None"),
    AP_INIT_RAW_ARGS("<CORSPolicy", cors_open_policy, NULL, RSRC_CONF,
                     "a named policy, for CORSUsePolicy"),
    LIST("CORSUsePolicy", cors_set_use_policy,
         "named policies, the first of which that allows the origin decides; "
         "or None"),
    AP_INIT_TAKE1("CORSCandidatePolicy", cors_set_candidate, NULL, OR_FILEINFO,
                  "a named policy that is evaluated beside the one in force, "
                  "never applied: differences are logged and counted; or "
                  "None"),
    AP_INIT_TAKE123("CORSSourceCache", cors_set_source_cache, NULL, RSRC_CONF,
                    "where answers of dbd are kept: shmcb, redis:HOST:PORT or "
                    "memcache:HOST:PORT, and for how long: who is allowed, who "
                    "is not; or none"),
    AP_INIT_NO_ARGS(NULL, NULL, NULL, 0, NULL)
};
