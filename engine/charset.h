/* SPDX-License-Identifier: Apache-2.0 */
/*
 * charset.h: classes and escapes of an expression, as sets of characters.
 */
#ifndef CORS_CHARSET_H
#define CORS_CHARSET_H

#include "syntax.h"

/* What an escape means. */
typedef enum {
    CORS_ESCAPE_CHAR,       /* one character, in *c */
    CORS_ESCAPE_SET,        /* added to the set */
    CORS_ESCAPE_NOTHING,    /* an anchor: matches no bytes */
    CORS_ESCAPE_QUOTE,      /* \Q: literal up to \E */
    CORS_ESCAPE_SKIPPED     /* a backreference or the like */
} cors_escape_e;

/**
 * Read an escape.
 * @param at Behind the backslash; moved behind the escape.
 * @param in_class Between brackets, where some escapes mean something else.
 * @param set Gets what an escape such as \d stands for.
 * @param c Gets the character of one that stands for a character.
 */
cors_escape_e cors_escape_read(const char **at, const char *end, int in_class,
                               cors_set_t *set, unsigned char *c);

/** Read a class; *at is behind its bracket and moved behind the closing one. */
void cors_class_read(const char **at, const char *end, int caseless,
                     cors_set_t *set);

/** Every character but the newline: what a dot matches. */
void cors_set_dot(cors_set_t *set);

/** Add the other case of every letter. */
void cors_set_fold(cors_set_t *set);

/** How many of its members a host or a port can have. */
int cors_set_host_chars(const cors_set_t *set);

#endif /* CORS_CHARSET_H */
