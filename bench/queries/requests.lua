-- Sends the bodies of a file, one a line, in turn. With a third argument every document is new: the word `fresh_0` in it
-- becomes another alias with each request, and the argument tells those of one run from those of the next.
local path, bodies, run
local requests, sent = {}, 0

function init(arguments)
  path, run = arguments[1], arguments[3]
  wrk.headers["Content-Type"] = "application/json"
  bodies = {}
  for body in io.lines(arguments[2]) do
    bodies[#bodies + 1] = body
    requests[#requests + 1] = wrk.format("POST", path, nil, body)
  end
end

function request()
  local turn = sent % #bodies + 1
  sent = sent + 1
  if run == nil then
    return requests[turn]
  end
  local body = bodies[turn]:gsub("fresh_0", "fresh_" .. run .. "_" .. sent, 1)
  return wrk.format("POST", path, nil, body)
end

function done(summary, latency)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  io.write(string.format(
    '\n{"requests":%d,"microseconds":%d,"bytes":%d,"failed":%d,"p50":%d,"p95":%d,"p99":%d}\n',
    summary.requests, summary.duration, summary.bytes, failed, latency:percentile(50), latency:percentile(95), latency:percentile(99)
  ))
end
