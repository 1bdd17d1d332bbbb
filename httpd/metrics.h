/* SPDX-License-Identifier: Apache-2.0 */
/*
 * metrics.h: the counters as a page for Prometheus and its like.
 */
#ifndef CORS_METRICS_H
#define CORS_METRICS_H

#include "httpd/module.h"

/** The handler hook of "cors-metrics". */
int cors_metrics_handler(request_rec *r);

#endif /* CORS_METRICS_H */
