/** The part of pdf.js that reads PDFs, beside the page. */
import "pdfjs-dist/legacy/build/pdf.worker.mjs";
