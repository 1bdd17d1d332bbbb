/* SPDX-License-Identifier: Apache-2.0 */
/*
 * charset.c: PCRE2's classes and escapes (pcre2pattern(3)), for ASCII.
 */
#include "charset.h"

#include <string.h>

#include "apr_lib.h"

static void set_add(cors_set_t *set, unsigned c)
{
    if (c < 128) {
        set->bits[c >> 3] |= (unsigned char)(1 << (c & 7));
    }
}

static void set_join(cors_set_t *set, const cors_set_t *other, int negated)
{
    int i;

    for (i = 0; i < 16; i++) {
        set->bits[i] |= (unsigned char)(negated ? ~other->bits[i]
                                                : other->bits[i]);
    }
}

void cors_set_dot(cors_set_t *set)
{
    memset(set->bits, 0xff, sizeof(set->bits));
    set->bits['\n' >> 3] &= (unsigned char)~(1 << ('\n' & 7));
}

void cors_set_fold(cors_set_t *set)
{
    unsigned c;

    for (c = 'a'; c <= 'z'; c++) {
        if (CORS_SET_HAS(set, c)) {
            set_add(set, c - 32);
        }
        else if (CORS_SET_HAS(set, c - 32)) {
            set_add(set, c);
        }
    }
}

/* A host in lower case, as origins have it, and the colon before a port. */
int cors_set_host_chars(const cors_set_t *set)
{
    const char *c;
    int n = 0;

    for (c = "abcdefghijklmnopqrstuvwxyz0123456789-_.:"; *c; c++) {
        n += CORS_SET_HAS(set, *c) ? 1 : 0;
    }
    return n;
}

/* Is c one of what \d, \w and their like stand for, in lower case? */
static int in_type(char type, int c)
{
    switch (type) {
    case 'd':
        return apr_isdigit(c);
    case 'w':
        return apr_isalnum(c) || c == '_';
    case 's':
        return apr_isspace(c);
    case 'h':
        return c == ' ' || c == '\t';
    case 'v':
    case 'r':
        return c >= '\n' && c <= '\r';
    default:
        return 1;
    }
}

static void add_type(cors_set_t *set, char type)
{
    cors_set_t plain = {{0}};
    unsigned c;

    for (c = 0; c < 128; c++) {
        if (in_type((char)apr_tolower(type), (int)c)) {
            set_add(&plain, c);
        }
    }
    /* \R and \X are no negations: there is no \r class and no \x one. */
    set_join(set, &plain, apr_isupper(type) && !strchr("RX", type));
}

/* \p{Lu}, \pN, \P{^L}: near enough for ASCII. */
static void add_property(cors_set_t *set, const char **at, const char *end,
                         int negated)
{
    cors_set_t plain = {{0}};
    const char *p = *at;
    char name = 0, detail = 0;
    unsigned c;

    if (p < end && *p == '{') {
        p++;
        if (p < end && *p == '^') {
            negated = !negated;
            p++;
        }
        name = p < end ? *p : '\0';
        detail = p + 1 < end ? p[1] : '\0';
        while (p < end && *p++ != '}') {
        }
    }
    else if (p < end) {
        name = *p++;
    }
    *at = p;
    for (c = 0; c < 128; c++) {
        int is = name == 'N'   ? apr_isdigit(c)
                 : name == 'P' || name == 'S' ? apr_ispunct(c)
                 : name == 'Z' ? apr_isspace(c)
                 : name == 'L' ? (detail == 'u'   ? apr_isupper(c)
                                  : detail == 'l' ? apr_islower(c)
                                                  : apr_isalpha(c))
                               : apr_isalnum(c);

        if (is) {
            set_add(&plain, c);
        }
    }
    set_join(set, &plain, negated);
}

static int digit_of(char c, int base)
{
    int value = apr_isdigit(c)    ? c - '0'
                : apr_isxdigit(c) ? apr_tolower(c) - 'a' + 10
                                  : 99;

    return value < base ? value : -1;
}

/* Up to `most` digits; with braces any number, as in \x{2e}. */
static unsigned char read_number(const char **at, const char *end, int base,
                                 int most)
{
    const char *p = *at;
    int braces = p < end && *p == '{', value = 0;

    if (braces) {
        p++;
        most = 8;
    }
    while (p < end && most-- && digit_of(*p, base) >= 0) {
        value = (value * base + digit_of(*p++, base)) & 0xffff;
    }
    if (braces && p < end && *p == '}') {
        p++;
    }
    *at = p;
    return (unsigned char)(value > 255 ? 255 : value);
}

/* \1, \k<name>, \g{2}, \g'name': a group's text again, or a group again. */
static cors_escape_e skip_reference(const char **at, const char *end)
{
    const char *p = *at;
    char close = 0;

    if (p < end && strchr("<{'", *p)) {
        close = *p == '<' ? '>' : *p == '{' ? '}' : '\'';
        p++;
        while (p < end && *p++ != close) {
        }
    }
    else {
        while (p < end && (apr_isdigit(*p) || *p == '-' || *p == '+')) {
            p++;
        }
    }
    *at = p;
    return CORS_ESCAPE_SKIPPED;
}

/* Escapes that stand for one character. Returns 0 where this is none. */
static int read_char(const char **at, const char *end, char letter,
                     unsigned char *c)
{
    static const char letters[] = "aefnrt", values[] = "\a\033\f\n\r\t";
    const char *known = strchr(letters, letter);

    if (known) {
        *c = (unsigned char)values[known - letters];
    }
    else if (letter == 'x') {
        *c = read_number(at, end, 16, 2);
    }
    else if (letter == 'o') {
        *c = read_number(at, end, 8, 0);
    }
    else if (letter == 'c' && *at < end) {
        *c = (unsigned char)(apr_toupper(*(*at)++) ^ 64);
    }
    else if (!apr_isalnum(letter)) {
        *c = (unsigned char)letter;
    }
    else {
        return 0;
    }
    return 1;
}

cors_escape_e cors_escape_read(const char **at, const char *end, int in_class,
                               cors_set_t *set, unsigned char *c)
{
    char letter;

    if (*at == end) {
        return CORS_ESCAPE_NOTHING;
    }
    letter = *(*at)++;
    if (letter == '0' || (in_class && apr_isdigit(letter))) {
        (*at)--;
        *c = read_number(at, end, 8, 3);
        return CORS_ESCAPE_CHAR;
    }
    if (in_class && letter == 'b') {
        *c = '\b';
        return CORS_ESCAPE_CHAR;
    }
    if (read_char(at, end, letter, c)) {
        return CORS_ESCAPE_CHAR;
    }
    if (apr_isdigit(letter)) {
        (*at)--;
        return skip_reference(at, end);
    }
    switch (letter) {
    case 'Q':
        return CORS_ESCAPE_QUOTE;
    case 'p':
    case 'P':
        add_property(set, at, end, letter == 'P');
        return CORS_ESCAPE_SET;
    case 'N':
        cors_set_dot(set);
        return CORS_ESCAPE_SET;
    case 'g':
    case 'k':
        return skip_reference(at, end);
    default:
        if (!strchr("dDwWsShHvVRX", letter)) {
            return CORS_ESCAPE_NOTHING;
        }
        add_type(set, letter);
        return CORS_ESCAPE_SET;
    }
}

/* "[:alpha:]" inside a class. Returns 0 where it is only a bracket. */
static int read_posix(const char **at, const char *end, cors_set_t *set)
{
    static const char *const names[] = {"alpha", "digit", "alnum", "lower",
                                        "upper", "punct", "xdigit", "word",
                                        "space", "graph", "print", "ascii"};
    const char *p = *at + 1, *close;
    cors_set_t plain = {{0}};
    int negated = 0, which, n = (int)(sizeof(names) / sizeof(names[0])), c;

    if (p >= end || *p++ != ':') {
        return 0;
    }
    if (p < end && *p == '^') {
        negated = 1;
        p++;
    }
    for (close = p; close < end && apr_isalpha(*close); close++) {
    }
    if (end - close < 2 || close[0] != ':' || close[1] != ']') {
        return 0;
    }
    for (which = 0; which < n; which++) {
        if (strlen(names[which]) == (size_t)(close - p)
            && !memcmp(names[which], p, (size_t)(close - p))) {
            break;
        }
    }
    for (c = 0; c < 128; c++) {
        const int is[] = {apr_isalpha(c), apr_isdigit(c), apr_isalnum(c),
                          apr_islower(c), apr_isupper(c), apr_ispunct(c),
                          apr_isxdigit(c), in_type('w', c), apr_isspace(c),
                          apr_isgraph(c), apr_isprint(c), 1, 0};

        if (is[which]) {
            set_add(&plain, (unsigned)c);
        }
    }
    set_join(set, &plain, negated);
    *at = close + 2;
    return 1;
}

/* One member of a class. Returns 1 where it is a character, which can begin
 * a range; then it is in *c and not yet in the set. */
static int read_member(const char **at, const char *end, int *quoted,
                       cors_set_t *set, unsigned char *c)
{
    if (end - *at >= 2 && **at == '\\' && (*at)[1] == 'E') {
        *at += 2;
        *quoted = 0;
        return 0;
    }
    if (!*quoted && **at == '[' && read_posix(at, end, set)) {
        return 0;
    }
    if (!*quoted && **at == '\\') {
        cors_escape_e e;

        ++*at;
        e = cors_escape_read(at, end, 1, set, c);
        *quoted = e == CORS_ESCAPE_QUOTE;
        return e == CORS_ESCAPE_CHAR;
    }
    *c = (unsigned char)*(*at)++;
    return 1;
}

void cors_class_read(const char **at, const char *end, int caseless,
                     cors_set_t *set)
{
    cors_set_t plain = {{0}};
    int negated = 0, first = 1, quoted = 0;

    if (*at < end && **at == '^') {
        negated = 1;
        ++*at;
    }
    while (*at < end && (first || quoted || **at != ']')) {
        unsigned char low = 0, high = 0;

        first = 0;
        if (!read_member(at, end, &quoted, &plain, &low)) {
            continue;
        }
        high = low;
        if (!quoted && end - *at >= 2 && **at == '-' && (*at)[1] != ']') {
            ++*at;
            if (!read_member(at, end, &quoted, &plain, &high)) {
                /* "[a-\d]": the hyphen is one. */
                set_add(&plain, '-');
                high = low;
            }
        }
        for (; low <= high && low < 128; low++) {
            set_add(&plain, low);
        }
    }
    if (*at < end) {
        ++*at;
    }
    if (caseless) {
        cors_set_fold(&plain);
    }
    set_join(set, &plain, negated);
}
