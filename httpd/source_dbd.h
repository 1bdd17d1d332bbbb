/* SPDX-License-Identifier: Apache-2.0 */
/*
 * source_dbd.h: CORSAllowOriginFrom dbd:label: a DBDPrepareSQL of mod_dbd
 * that finds a row for an origin that is allowed.
 */
#ifndef CORS_SOURCE_DBD_H
#define CORS_SOURCE_DBD_H

#include "mod_cors.h"

/* What CORSSourceCache stands in front of. */
extern const cors_source_provider_t cors_source_dbd;

#endif /* CORS_SOURCE_DBD_H */
