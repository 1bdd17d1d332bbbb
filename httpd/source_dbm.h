/* SPDX-License-Identifier: Apache-2.0 */
/*
 * source_dbm.h: CORSAllowOriginFrom dbm:[type:]path: each key is an origin.
 */
#ifndef CORS_SOURCE_DBM_H
#define CORS_SOURCE_DBM_H

#include "mod_cors.h"

/* Opens the file for each question: whoever replaces it needs no restart. */
extern const cors_source_provider_t cors_source_dbm;

#endif /* CORS_SOURCE_DBM_H */
