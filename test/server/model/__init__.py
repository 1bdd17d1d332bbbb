# SPDX-License-Identifier: Apache-2.0
"""What a browser does with CORS, and what spec.md says it should be let do.

    browser.py   CORS as the Fetch Standard has a browser do it
    oracle.py    policies, merging and decisions as spec.md has them
    generate.py  random policies, as text and for the oracle; random fetches
    cache.py     a shared cache that honours Vary and revalidates

Each is written from its standard alone, so that they can disagree.
"""
