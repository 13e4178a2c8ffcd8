/* Names written with other letters than A to Z: accented Latin, Cyrillic, Greek, Han, kana, hangul.
 * Common names of each language, the commonest said
 * more than once; written by hand from general knowledge. */
#include "data/sample/lists.h"

#include <stddef.h>

const struct culture list_culture[] = {
    {"Spanish", 40, true, "",
     "José Jesús Ángel Andrés Ramón Raúl Óscar Iván Víctor Martín Héctor Joaquín Sebastián Nicolás "
     "César Julián "
     "Adrián Tomás Simón Agustín Germán Rubén Fermín Efraín",
     "María Sofía Lucía Mónica Verónica Inés Belén Ángela Rocío Begoña Concepción Asunción Beatriz "
     "Raquel "
     "Andrea Cecilia Estefanía Noemí Débora Íñiga Pilar Nuria",
     "García García García Rodríguez Rodríguez Martínez Martínez Hernández Hernández López "
     "González Pérez Sánchez Ramírez Gómez Díaz "
     "Gutiérrez Álvarez "
     "Jiménez Vásquez Muñoz Núñez Peña Ibáñez Ordóñez Fernández Méndez Domínguez Suárez Cárdenas "
     "Calderón Mejía "
     "Rincón León Bermúdez Acuña Zúñiga Patiño Castañeda Ávila Galván Marín Durán Solís Córdova "
     "Quiñones Ríos "
     "Benítez Velázquez Vélez Meléndez Cortés Valdés Estévez Güemes Argüello Saldaña Villaseñor "
     "Treviño Piña"},
    {"French", 12, true, "",
     "François René André Jérôme Frédéric Rémi Cédric Gaël Loïc Benoît Grégoire Sébastien Stéphane "
     "Noël Théo "
     "Léo Raphaël Mathéo Aurélien Clément Hervé",
     "Chloé Zoé Léa Élise Hélène Françoise Thérèse Geneviève Mélanie Aurélie Cécile Adèle Anaïs "
     "Maëlle Noémie "
     "Irène Valérie Éloïse Joséphine Renée Océane",
     "Lévesque Côté Bélanger Gagné Fréchette Béland Hébert Thériault Lefèvre Besançon Prévost "
     "Légaré Séguin "
     "Lemaître Château Forêt Benoît Barré Carré Doré Gervais Mallarmé Crête Tétreault Boisvért "
     "Desrosiérs "
     "Métivier Pépin Périard Rhéaume Sénécal Trépanier Vézina"},
    {"German", 12, true, "",
     "Jürgen Jörg Günter Günther Björn Sören Kläus Rüdiger Götz Lüder Matthäus Torsten Uwe Holger",
     "Bärbel Käthe Jördis Grünhild Zoë Änne Dörte Ülrike Heike Anke Silke",
     "Müller Schäfer Köhler König Krüger Schröder Böhm Jäger Möller Günther Schütz Weiß Groß Vögel "
     "Bäcker Köster "
     "Lüders Sträßer Größmann Bürger Brückner Kühn Löwe Förster Büttner Hübner Rößler Schönfeld "
     "Grünwald Strauß "
     "Dörfler Händel Gärtner Knüttel Nürnberger Österreicher"},
    {"Polish", 10, true, "",
     "Michał Paweł Łukasz Rafał Stanisław Władysław Mirosław Zdzisław Bogusław Jarosław Mieczysław "
     "Tomasz "
     "Krzysztof Grzegorz",
     "Małgorzata Łucja Stanisława Bożena Grażyna Danuta Żaneta Elżbieta Michalina Mirosława "
     "Władysława",
     "Wiśniewski Wójcik Zieliński Szymański Woźniak Dąbrowski Kozłowski Jabłoński Wróbel Król "
     "Pawłowski Stępień "
     "Górski Rutkowski Michałowski Piątek Zając Wieczorek Jasiński Kołodziej Gołębiowski Żak "
     "Świątek Łuczak "
     "Głowacki Mróz Grzegórzek Ziółkowski Kuźniar Błaszczyk Czyżewski"},
    {"Hungarian", 6, true, "",
     "László István József János Gábor Zoltán Sándor Péter Ernő Jenő Dezső Győző Szilárd Árpád "
     "Ödön",
     "Éva Mária Zsófia Ágnes Ilona Erzsébet Júlia Boglárka Gyöngyi Tünde Emőke Enikő Kincső",
     "Nagy Kovács Tóth Szabó Horváth Kőszegi Győri Erdős Fehér Szűcs Lőrincz Bíró Juhász Mészáros "
     "Vörös Török Sándor "
     "Fülöp Gönczy Pető Kerekes Gergő Csíky Őry Pálffy Székely Dobó Földes"},
    {"Czech", 6, true, "",
     "Jiří Tomáš Lukáš Ondřej Vojtěch Matěj Václav Zdeněk Miloš Luboš Bořivoj Řehoř",
     "Kateřina Tereza Eliška Zdeňka Božena Růžena Markéta Anežka Běla Libuše",
     "Novák Dvořák Černý Procházka Kučera Veselý Horák Němec Pokorný Hájek Jelínek Král Růžička "
     "Beneš Fiala Sedláček "
     "Doležal Zeman Kolář Navrátil Čermák Vaněk Urban Blažek Kříž Šimek Škoda Žižka Ševčík Křeček"},
    {"Nordic", 8, true, "",
     "Bjørn Søren Jørgen Øyvind Åge Håkon Pål Göran Åke Jörgen Børge Sigurður Guðmundur Ólafur Þór",
     "Åse Bodil Gøril Märta Åsa Solbjørg Røskva Guðrún Sigríður Þórdís Sólveig Märit",
     "Sjögren Åberg Öberg Söderberg Lindström Åkesson Nyström Bäckström Sørensen Jørgensen Nygård "
     "Bjørklund Ødegård "
     "Strømme Rønning Sæther Næss Kjær Møller Højgaard Skåne Hägglund Mäkinen Hämäläinen Virtanen "
     "Järvinen Rönkkö"},
    {"Portuguese", 6, true, "",
     "João António Luís Sérgio Cláudio Fábio Márcio Vinícius Flávio Mário Estêvão Simão Tomé",
     "Conceição Inês Márcia Cláudia Sônia Júlia Antónia Mónica Letícia Verônica Glória",
     "Gonçalves Guimarães Conceição Magalhães Araújo Simões Falcão Brandão Leitão Galvão Assunção "
     "Durães Sá Antão "
     "Estêvão Aragão Bulhões Damião Frazão Gusmão Romão Salomão"},
    {"Turkish", 4, true, "", "Oğuz Çağlar Gökhan Uğur Şükrü Ömer Özgür Barış Doğan Işık Yiğit",
     "Ayşe Gülşen Özlem Çiğdem Şule Yağmur Gökçe İpek Tuğba Büşra",
     "Yılmaz Öztürk Şahin Yıldız Çelik Doğan Kılıç Aydın Özdemir Çetin Koç Şimşek Güneş Korkmaz "
     "Erdoğan Türkoğlu "
     "Özgür Kaçmaz Güngör Ağaoğlu"},
    {"Vietnamese", 8, true, "", "Dũng Hùng Tuấn Minh Đức Phúc Thắng Hiếu Quốc Việt Khánh Sơn",
     "Hương Thảo Nguyệt Hằng Tuyết Phượng Ngọc Ánh Diễm Hồng Yến",
     "Nguyễn Nguyễn Nguyễn Nguyễn Nguyễn Nguyễn Trần Trần Lê Phạm Huỳnh Phan Vũ Võ Đặng Bùi Đỗ Hồ "
     "Ngô Dương Lý Đinh Đoàn"},
    {"Russian", 30, false, "а",
     "Иван Дмитрий Сергей Алексей Андрей Николай Михаил Владимир Юрий Борис Павел Григорий Фёдор "
     "Егор Степан Олег "
     "Виктор Константин Тимофей",
     "Анна Мария Елена Ольга Наталья Татьяна Ирина Светлана Екатерина Юлия Людмила Галина Надежда "
     "Вера Любовь "
     "Ксения Дарья",
     "Иванов Петров Сидоров Смирнов Кузнецов Попов Васильев Соколов Михайлов Новиков Фёдоров "
     "Морозов Волков Алексеев "
     "Лебедев Семёнов Егоров Павлов Козлов Степанов Николаев Орлов Андреев Макаров Никитин Захаров "
     "Зайцев Соловьёв "
     "Борисов Яковлев Григорьев Романов Воробьёв Сергеев Кузьмин Фролов Жуков Щербаков Цветков "
     "Чернов Ширяев"},
    {"Ukrainian", 6, false, "",
     "Олександр Андрій Сергій Юрій Тарас Богдан Ігор Василь Микола Петро",
     "Оксана Олена Наталія Ірина Людмила Тетяна Катерина Марія Надія",
     "Шевченко Бондаренко Коваленко Ткаченко Кравченко Олійник Мельник Коваль Бойко Лисенко "
     "Гончаренко Марченко "
     "Савченко Руденко Петренко Клименко Павленко Литвиненко"},
    {"Greek", 14, false, "",
     "Γιώργος Δημήτρης Κώστας Νίκος Παναγιώτης Γιάννης Χρήστος Αθανάσιος Μιχάλης Σπύρος Θεόδωρος "
     "Βασίλης Ανδρέας",
     "Μαρία Ελένη Αικατερίνη Βασιλική Σοφία Αγγελική Γεωργία Δήμητρα Κωνσταντίνα Παρασκευή Άννα "
     "Φωτεινή Ζωή",
     "Παπαδόπουλος Παπαδάκης Βλάχος Αγγελόπουλος Νικολαΐδης Γεωργίου Ιωάννου Οικονόμου "
     "Παπαγεωργίου Μακρής "
     "Κωνσταντινίδης Δημητρίου Αντωνίου Αθανασίου Χατζής Σαμαράς Καραγιάννης Πετρίδης Θεοδώρου "
     "Ζαχαρίου"},
    {"Chinese", 24, false, "",
     "伟 强 磊 军 勇 杰 涛 明 超 刚 平 辉 鹏 建国 志强 文博 浩然 宇轩 子轩 俊杰 国华 家豪",
     "芳 娜 敏 静 丽 艳 娟 霞 秀英 桂英 玉兰 雪梅 欣怡 梓涵 雨桐 诗涵 佳怡 晓燕 婷婷",
     "王 王 王 李 李 李 张 张 刘 陈 杨 黄 赵 吴 周 徐 孙 马 朱 胡 郭 何 林 高 罗 郑 梁 谢 宋 唐 许 "
     "韩 冯 邓 曹 彭 "
     "曾 欧阳 司马 诸葛"},
    {"Japanese", 14, false, "",
     "太郎 健一 大輔 翔太 拓也 誠 隆 浩 健太 直樹 蓮 陽翔 悠真 ケンジ ヒロシ ダイスケ",
     "花子 美咲 陽子 恵子 由美子 愛 さくら 結衣 葵 真由美 明美 ユキ ミホ あかり",
     "佐藤 鈴木 高橋 田中 伊藤 渡辺 山本 中村 小林 加藤 吉田 山田 佐々木 山口 松本 井上 木村 林 "
     "斎藤 清水 山崎 森 池田 橋本 "
     "阿部 石川 山下 中島 小川 前田 岡田 長谷川 藤田 後藤 近藤 村上 遠藤 青木 坂本"},
    {"Korean", 12, false, "", "민준 서준 도윤 예준 시우 지호 준서 현우 성민 영수 정훈 동현",
     "서연 지우 서현 민서 하은 지민 수진 은주 미경 혜진 지영 유진",
     "김 김 김 김 김 이 이 이 박 박 최 정 강 조 윤 장 임 한 오 서 신 권 황 안 송 전 홍 유 고 문 양 "
     "손 배 남궁"},
    {NULL, 0, false, NULL, NULL, NULL, NULL},
};
