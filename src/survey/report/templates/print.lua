-- Reads the report's plain page once, from standard input, and writes the files that are named: *.typ, *.docx.
-- What pandoc leaves out is added: text alternatives of images on the way to typst, which it drops up to 3.9, the
-- look of notes there, and the styles of tables' texts in Word, where rows of a short table stay together.
local short = 16 -- rows that fit on one page with what is around them

local function quoted(text)
  return '"' .. text:gsub("\\", "\\\\"):gsub('"', '\\"'):gsub("\n", " ") .. '"'
end

local function drawn(it)
  local alt = pandoc.utils.stringify(it.caption)
  if alt == "" then alt = it.attributes.alt or "" end
  return pandoc.RawInline("typst", "#image(" .. quoted(it.src .. ".svg") .. ", alt: " .. quoted(alt) .. ", width: 100%)")
end

local function photographed(it)
  it.src = it.src .. ".png" -- Word does not take SVG everywhere
  return it
end

local function note(it)
  if it.attributes["custom-style"] ~= "Table Note" then return nil end
  local open, close = pandoc.RawBlock("typst", "#note["), pandoc.RawBlock("typst", "]")
  return { open, table.unpack(it.content), close }
end

local function styled(row, style)
  for _, cell in ipairs(row.cells) do
    -- As paragraphs: lone lines would take the style of lists.
    local texts = cell.contents:map(function(b) return b.t == "Plain" and pandoc.Para(b.content) or b end)
    if #texts == 0 then texts = { pandoc.Para({ pandoc.Str("\u{a0}") }) } end -- else as high as body text
    cell.contents = { pandoc.Div(texts, { ["custom-style"] = style }) }
  end
end

local function text_styles(it)
  for _, row in ipairs(it.head.rows) do styled(row, "Table Text Kept") end
  for _, body in ipairs(it.bodies) do
    for k, row in ipairs(body.body) do
      local kept = #body.body <= short and k < #body.body
      styled(row, kept and "Table Text Kept" or "Table Text")
    end
  end
  return it
end

local writers = {
  typ = function(page) return pandoc.write(page:walk({ Image = drawn, Div = note }), "typst") end,
  docx = function(page)
    local made = page:walk({ Table = text_styles }):walk({ Image = photographed })
    return pandoc.write(made, "docx", { reference_doc = "reference.docx" })
  end,
}

local page = pandoc.read(io.read("a"), "html")
for _, name in ipairs(arg) do
  local file = assert(io.open(name, "wb"))
  assert(file:write(writers[name:match("%w+$")](page)))
  assert(file:close())
end
