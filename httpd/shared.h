/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shared.h: memory that all processes of a server share and that outlives
 * restarts, and the atomic operations on it.
 */
#ifndef CORS_SHARED_H
#define CORS_SHARED_H

#include "httpd/module.h"

#include "apr_atomic.h"
#include "apr_version.h"

/**
 * Memory shared by all children to come, zeroed; it lives as long as the pool.
 * @param memory Set in any case: without shared memory to that of each process.
 * @return APR_SUCCESS, or why it is not shared.
 */
apr_status_t cors_shared_make(void **memory, apr_size_t size, apr_pool_t *pool);

/**
 * Memory shared by all children to come, zeroed when it is made and kept until
 * the server stops: a restart finds it again, with what stands in it. Where
 * there is no shared memory each process has its own. Only while the server
 * starts.
 * @param name With the size: what it is found by.
 */
void *cors_shared(const char *name, apr_size_t size, server_rec *s);

/* APR has these for 64 bits from 1.7 on; gcc and clang always. */
#if APR_VERSION_AT_LEAST(1, 7, 0)
#define CORS_ATOMIC_ADD(at, n) apr_atomic_add64(at, n)
#define CORS_ATOMIC_READ(at) apr_atomic_read64(at)
#define CORS_ATOMIC_SET(at, n) apr_atomic_set64(at, n)
#else
#define CORS_ATOMIC_ADD(at, n) __atomic_fetch_add(at, n, __ATOMIC_RELAXED)
#define CORS_ATOMIC_READ(at) __atomic_load_n(at, __ATOMIC_RELAXED)
#define CORS_ATOMIC_SET(at, n) __atomic_store_n(at, n, __ATOMIC_RELAXED)
#endif

#endif /* CORS_SHARED_H */
