"""The C tool that the interop tests talk to: one JSON object a line, each way."""

import json
import subprocess
import sys

import program


class Tool:
    """`with Tool() as tool: tool(do="sign", …)`; the program's path is the last argument of the test."""

    def __init__(self):
        self.process = subprocess.Popen(
            program.command(sys.argv[-1]), stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="ascii"
        )

    def __call__(self, **request):
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise AssertionError(f"the tool ended with status {self.process.wait(timeout=10)}")
        return json.loads(answer)

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.process.stdin.close()
        try:
            status = self.process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        self.process.stdout.close()
        if status != 0 and exception[0] is None:
            raise AssertionError(f"the tool ended with status {status}")
