#!/bin/sh
# Makes static/build/ from the theme and the npm packages that it is made of.
set -eu
. deploy/node.sh
npm ci --ignore-scripts --no-progress --loglevel=error >/dev/null
"$node" deploy/assets.mjs
