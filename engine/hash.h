/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hash.h: apr_hash with a hash function for keys of some ten to fifty bytes.
 */
#ifndef CORS_HASH_H
#define CORS_HASH_H

#include "apr_hash.h"

/**
 * Choose the secret by which keys are hashed, once a process: to be called
 * while the server starts, before there are threads or tables.
 */
void cors_hash_seed(void);

/**
 * An apr_hash whose keys are hashed eight bytes at a time: APR's own function
 * takes one after the other, each waiting for the last, and on an origin's
 * text that is most of what a look-up costs. And nobody can prepare keys that
 * share a bucket: under APR's own function they do whatever its seed is.
 */
apr_hash_t *cors_hash_make(apr_pool_t *pool);

/** The function itself. Every key's length must be given: none may be
 *  APR_HASH_KEY_STRING. */
unsigned int cors_hash_key(const char *key, apr_ssize_t *len);

#endif /* CORS_HASH_H */
