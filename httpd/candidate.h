/* SPDX-License-Identifier: Apache-2.0 */
/*
 * candidate.h: CORSCandidatePolicy: what another policy would have done.
 */
#ifndef CORS_CANDIDATE_H
#define CORS_CANDIDATE_H

#include "httpd/state.h"

/**
 * Decide the request again under the candidate in reach, count what would be
 * different, and log it. Changes nothing else.
 * @param state Decided, of a request with Origin.
 */
void cors_candidate_observe(request_rec *r, cors_state_t *state);

#endif /* CORS_CANDIDATE_H */
