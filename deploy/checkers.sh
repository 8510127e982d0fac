#!/bin/sh
# Makes sure of what the gallery checks pages with: Lighthouse, and the Nu HTML checker with Java.
# The Nu checker is optional: where it cannot be had the gallery says that it left it out.
set -eu
. deploy/node.sh
npm ci --prefix tools/gallery --ignore-scripts --loglevel=error >&2
command -v java >/dev/null && exit
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo "Without Java (the package default-jre-headless) the HTML checker is left out." >&2
    exit
fi
export DEBIAN_FRONTEND=noninteractive
{ apt-get update -qq && apt-get install -y -qq --no-install-recommends default-jre-headless; } \
    </dev/null >&2 || echo "Java could not be installed: the HTML checker is left out." >&2
