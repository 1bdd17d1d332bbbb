/* SPDX-License-Identifier: Apache-2.0 */
/*
 * token.h: one token: a method or a field-name; and one element of a comma
 * separated list.
 */
#ifndef CORS_TOKEN_H
#define CORS_TOKEN_H

#include "apr.h"

/* A part of somebody else's text. */
typedef struct cors_span_t {
    const char *text;
    apr_size_t len;
} cors_span_t;

/* RFC 9110, section 5.6.2: tchar. The byte in lower case, or 0: no token has
 * it. */
extern const unsigned char cors_tchar[256];

/** Whether the text is the word, without case. */
int cors_is_word(const char *text, apr_size_t len, const char *word);

/** RFC 9110, section 5.6.2: is the text a token? 0 for the empty text. */
int cors_is_token(const char *text, apr_size_t len);

/** Fetch, "CORS-safelisted method": GET, HEAD, POST. Case matters. */
int cors_is_safelisted_method(const char *text, apr_size_t len);

/** Fetch, "forbidden method": CONNECT, TRACE, TRACK in any case. */
int cors_is_forbidden_method(const char *text, apr_size_t len);

/** Fetch, "forbidden request-header", as far as a name alone can tell. */
int cors_is_forbidden_request_header(const char *name);

/** Whether a header is one of Access-Control-*, the protocol's own. */
int cors_is_cors_header(const char *name);

/**
 * The next element of a comma separated list: blanks around it are skipped,
 * and so are empty elements.
 * @param at Moves behind the element.
 * @param word The element.
 * @return 1, or 0 at the end of the list.
 */
int cors_next_element(const char **at, cors_span_t *word);

/**
 * Whether a comma separated list has an element.
 * @param list NULL: an empty one.
 * @param compare strncmp, or strncasecmp for names whose case does not matter.
 */
int cors_has_element(const char *list, const char *name,
                     int (*compare)(const char *, const char *, size_t));

#endif /* CORS_TOKEN_H */
