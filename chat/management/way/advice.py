"""What to change where, by fault: one sentence for each of the programs that usually stand in between."""

NGINX, CADDY, APACHE, CLOUD = "nginx", "Caddy", "Apache", "cloud"
# As they call themselves in the header Server, or in one of their own.
NAMES = {
    "nginx": NGINX, "openresty": NGINX, "caddy": CADDY, "apache": APACHE, "cloudflare": CLOUD, "awselb": CLOUD,
    "cloudfront": CLOUD, "gws": CLOUD, "google": CLOUD, "akamai": CLOUD, "fastly": CLOUD, "varnish": CLOUD,
}  # fmt: skip

ADVICE: dict[str, dict[str, str]] = {
    "buffered": {
        NGINX: "proxy_buffering off; and no proxy_ignore_headers X-Accel-Buffering.",
        CADDY: "reverse_proxy with flush_interval -1.",
        APACHE: "ProxyPass with flushpackets=on, and no mod_deflate or mod_buffer over it.",
        CLOUD: "switch off response buffering, scanning and optimisation for this host, or go around it for /turns/.",
    },
    "compressed": {
        NGINX: "gzip off; or text/event-stream taken out of gzip_types (the same for brotli).",
        CADDY: "encode with a match that leaves out Content-Type text/event-stream.",
        APACHE: "SetEnvIf Request_URI ^/turns/ no-gzip=1, or no DEFLATE for text/event-stream.",
        CLOUD: "a rule that switches compression off for text/event-stream.",
    },
    "headers": {
        NGINX: "no proxy_hide_header, add_header or expires for Cache-Control and Content-Type.",
        CADDY: "no header directive that sets or removes Cache-Control or Content-Type.",
        APACHE: "no Header set or ExpiresByType for Cache-Control and Content-Type.",
        CLOUD: "caching must respect the origin's headers; a browser-cache setting overwrites them.",
    },
    "last-event-id": {
        NGINX: "proxy_pass_request_headers on; and no proxy_set_header Last-Event-ID.",
        CADDY: "no header_up -Last-Event-ID.",
        APACHE: "no RequestHeader unset Last-Event-ID.",
        CLOUD: "let the request header Last-Event-ID through to the origin.",
    },
    "http10": {
        NGINX: "proxy_http_version 1.1; nginx speaks 1.0 unless it is told.",
        CADDY: "no transport http with versions of its own.",
        APACHE: "no SetEnv force-proxy-request-1.0 and no SetEnv downgrade-1.0.",
        CLOUD: "HTTP/1.1 to the origin.",
    },
    "silence": {
        NGINX: "proxy_read_timeout 60s; or longer.",
        CADDY: "no read_timeout in transport http, and no short idle timeout in servers.",
        APACHE: "ProxyPass with timeout=60, and Timeout 60 or longer.",
        CLOUD: "an idle (backend, response) timeout of 60 seconds or longer.",
    },
    "websocket": {
        NGINX: "proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade; for /ws/.",
        CADDY: "nothing is needed but reverse_proxy; is another proxy before it?",
        APACHE: "mod_proxy_wstunnel, with ProxyPass /ws/ ws://127.0.0.1:8000/ws/ (2.4.47 and newer: upgrade=websocket).",
        CLOUD: "switch WebSockets on for this host.",
    },
    "host": {
        NGINX: "proxy_set_header Host $http_host;",
        CADDY: "no header_up Host.",
        APACHE: "ProxyPreserveHost On.",
        CLOUD: "pass the viewer's Host header on to the origin.",
    },
    "scheme": {
        NGINX: "proxy_set_header X-Forwarded-Proto $scheme; and its address in Sluice's TRUSTED_PROXIES.",
        CADDY: "its address in Sluice's TRUSTED_PROXIES.",
        APACHE: 'RequestHeader set X-Forwarded-Proto "https", and its address in Sluice\'s TRUSTED_PROXIES.',
        CLOUD: "X-Forwarded-Proto to the origin, and its networks in Sluice's TRUSTED_PROXIES.",
    },
}


def advice(fault: str, between: str) -> list[str]:
    """Lines to print: for the program that names itself in `between`, or for each."""
    known = {kind for word, kind in NAMES.items() if word in between.lower()}
    return [f"{kind}: {words}" for kind, words in ADVICE[fault].items() if not known or kind in known]
