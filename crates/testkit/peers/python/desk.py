"""What both peers have in common: a small web server on loopback that answers in JSON.

Owns taking requests apart and putting answers together. A page that a peer's library could not make is answered with
status 400 and the library's own words, so that a test can say which.
"""

import json
import sys
import traceback
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit


class Request:
    """One request: what it carries, by query or by form."""

    def __init__(self, method, url, body):
        parts = urlsplit(url)
        self.method = method
        self.path = parts.path
        self.url = url
        self.query = dict(parse_qsl(parts.query, keep_blank_values=True))
        self.form = dict(parse_qsl(body, keep_blank_values=True))

    def field(self, name):
        return self.form.get(name) or self.query.get(name)


class Answer:
    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.body = body


def told(value, status=200):
    return Answer(status, [("content-type", "application/json")], json.dumps(value))


def page(text, kind="text/html; charset=utf-8"):
    return Answer(200, [("content-type", kind)], text)


def sent_to(url):
    return Answer(303, [("location", url)], "")


def serve(port, routes):
    """Serves `routes`, path to function of a request, until it is stopped."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.answer("")

        def do_POST(self):
            length = int(self.headers.get("content-length", 0))
            self.answer(self.rfile.read(length).decode())

        def answer(self, body):
            request = Request(self.command, self.path, body)
            route = routes.get(request.path)
            if route is None:
                given = told({"refused": "no such page"}, 404)
            else:
                try:
                    given = route(request)
                except Exception as error:
                    traceback.print_exc()
                    given = told({"refused": f"{type(error).__name__}: {error}"}, 400)
            payload = given.body.encode()
            self.send_response(given.status)
            for name, value in given.headers:
                self.send_header(name, value)
            self.send_header("content-length", str(len(payload)))
            self.end_headers()
            self.wfile.write(payload)

        def log_message(self, format, *arguments):
            sys.stderr.write(f"{format % arguments}\n")

    ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()


def settings():
    """What the test says, in the file that is named on the command line."""
    with open(sys.argv[1], encoding="utf-8") as file:
        return json.load(file)
