/** The parts of an answer that is multipart/mixed (RFC 2046, section 5.1.1), each of them JSON. */
export async function* parts(response) {
  const boundary = `\r\n--${/boundary="([^"]+)"/.exec(response.headers.get("content-type"))[1]}`;
  let rest = "";
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    const [...whole] = (rest + chunk).split(boundary);
    rest = whole.pop();
    for (const part of whole) {
      const [, body] = part.split("\r\n\r\n");
      if (body) yield JSON.parse(body);
    }
  }
}
