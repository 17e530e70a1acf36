// One picture, its truth and its predictions, as Python packs them: a length, JSON, and the bytes that the JSON refers to.

/** The header and the parts of a packet (a view of bytes): parts are {type, bytes}. Throws if it is cut off. */
export function unpack(packet) {
  const view = new DataView(packet.buffer, packet.byteOffset, packet.byteLength);
  const length = view.getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(view.buffer, view.byteOffset + 4, length)));
  let at = 4 + length;
  const parts = header.parts.map(([type, size]) => {
    const bytes = new Uint8Array(view.buffer, view.byteOffset + at, size);
    at += size;
    return { type, bytes };
  });
  return { ...header, parts };
}

/** The bytes of a compressed part. */
export async function inflate({ bytes }) {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** A picture's part as a bitmap; the caller closes it. */
export async function bitmap({ type, bytes }) {
  return createImageBitmap(new Blob([bytes], { type }));
}

/** A packet as the viewer uses it: picture, truth and panes, decoded. */
export async function decode(packet) {
  const { parts, ...picture } = unpack(packet);
  const part = async (index) => (index === null || index === undefined ? null : inflate(parts[index]));
  const wide = (bytes) => bytes && new Uint16Array(bytes.buffer);
  picture.bitmap = await bitmap(parts[picture.image]);
  picture.truth.semantic = await part(picture.truth.semantic);
  picture.truth.ids = wide(await part(picture.truth.ids));
  for (const pane of picture.panes) {
    if (pane.probabilities !== undefined) pane.probabilities = await part(pane.probabilities);
    if (pane.objects) pane.objects.masks = await part(pane.objects.masks);
  }
  return picture;
}
