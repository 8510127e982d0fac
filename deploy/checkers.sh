#!/bin/sh
# Makes sure of what the gallery checks pages with: Java, the Nu HTML checker and Lighthouse.
set -eu
if ! command -v java >/dev/null; then
    if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
        echo "The gallery's HTML checker needs Java: install the package default-jre-headless." >&2
        exit 1
    fi
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq >&2
    apt-get install -y -qq --no-install-recommends default-jre-headless >/dev/null </dev/null
fi
. deploy/node.sh
npm ci --prefix tools/gallery --ignore-scripts --loglevel=error >&2
