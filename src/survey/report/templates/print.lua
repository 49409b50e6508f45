-- pandoc 3.9 drops the text alternative of an image on the way to typst; this writes the image with it.
local function quoted(text)
  return '"' .. text:gsub("\\", "\\\\"):gsub('"', '\\"'):gsub("\n", " ") .. '"'
end

function Image(image)
  local alt = pandoc.utils.stringify(image.caption)
  if alt == "" then alt = image.attributes.alt or "" end
  return pandoc.RawInline("typst", "#image(" .. quoted(image.src) .. ", alt: " .. quoted(alt) .. ", width: 100%)")
end
